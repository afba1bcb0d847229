"""Predicted mels: which are used, and that they reach the crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")
pytest.importorskip("soxr")

from calibrate.voice.dataset import Clip  # noqa: E402  (torch may be absent)
from calibrate.voice.errors import TrainingError  # noqa: E402
from calibrate.voice.finetune_step import load_predictions  # noqa: E402
from calibrate.voice.vocoder_data import CONTEXT, CropSampler  # noqa: E402

FRAMES = 60


def _clip(work: Path, name: str, *, held_out: bool = False) -> Clip:
    folder = work / "features"
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / f"{name}.npz",
        wav=np.zeros(FRAMES * 256, np.int16),
        mel=np.full((FRAMES, 80), -5, np.float16),
        f0=np.full(FRAMES, 180, np.float32),
        offset=0.0,
        phase=np.zeros(FRAMES * 4, np.float32),
    )
    return Clip(name, folder, "lj", "x", 1.0, name, held_out)


def _predict(work: Path, name: str, frames: int) -> None:
    folder = work / "predicted"
    folder.mkdir(exist_ok=True)
    np.savez(
        folder / f"{name}.npz",
        mel=np.full((frames, 80), -3, np.float16),
        f0=np.full(frames, 200, np.float32),
        voiced=np.zeros(frames, np.float32),
    )


def test_lengths_are_mended_or_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips = [_clip(tmp_path, name) for name in ("a", "b", "c", "d")]
    _predict(tmp_path, "a", FRAMES + 1)
    _predict(tmp_path, "b", FRAMES - 2)
    _predict(tmp_path, "c", FRAMES - 20)
    predictions = load_predictions(tmp_path, clips)
    assert sorted(predictions) == ["a", "b"]
    assert all(each.mel.shape == (FRAMES, 80) for each in predictions.values())
    assert "expected 60 frames, got 40" in caplog.text


def test_no_predictions_name_the_step(tmp_path: Path) -> None:
    held_out = _clip(tmp_path, "a", held_out=True)
    _predict(tmp_path, "a", FRAMES)
    with pytest.raises(TrainingError, match="run the acoustic step first"):
        load_predictions(tmp_path, [held_out])


def test_crops_are_mixed_in_the_given_share(tmp_path: Path) -> None:
    clips = [_clip(tmp_path, "a")]
    _predict(tmp_path, "a", FRAMES)
    sampler = CropSampler(
        tmp_path,
        clips,
        seed=1,
        frames=20,
        predicted=load_predictions(tmp_path, clips),
        predicted_share=0.7,
    )
    batch = sampler.draw(0, 300)
    # The random gain of a crop is at most 1 neper, the two mels differ by 2.
    predicted = batch.mel[:, CONTEXT + 5, 0] > -4.25
    assert predicted.float().mean() == pytest.approx(0.7, abs=0.12)
    voiced = batch.voiced[:, CONTEXT + 5]
    assert voiced[predicted].mean() == pytest.approx(0.5, abs=0.12)
    assert voiced[~predicted].min() == 1
    again = sampler.draw(0, 300)
    assert all(torch.equal(a, b) for a, b in zip(batch, again, strict=True))
