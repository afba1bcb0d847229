"""Blended weights lie between two sets of one network's weights."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from calibrate.voice import blend_step  # noqa: E402  (torch may be absent)
from calibrate.voice.checkpoint import load_weights, save_weights  # noqa: E402
from calibrate.voice.errors import TrainingError  # noqa: E402


def _blend(work: Path, *options: str) -> None:
    parser = argparse.ArgumentParser()
    blend_step.add_arguments(parser)
    blend_step.run(parser.parse_args(["--work", str(work), *options]))


def _save(work: Path, tuned_rows: int = 2) -> None:
    save_weights(work / "voc" / "vocoder.pt", {"a": 1}, {"w": torch.zeros(2, 3)})
    tuned = {"w": torch.ones(tuned_rows, 3)}
    save_weights(work / "finetune" / "vocoder.pt", {"a": 1}, tuned, {"step": 7})


def test_share_of_each(tmp_path: Path) -> None:
    _save(tmp_path)
    for share in (0.0, 0.25, 1.0):
        _blend(tmp_path, "--share", str(share))
        config, state, notes = load_weights(tmp_path / "blend" / "vocoder.pt")
        assert config == {"a": 1}
        assert notes == {"step": 7, "share_of_tuned": share}
        assert torch.equal(state["w"], torch.full((2, 3), share))


def test_refuses_what_does_not_fit(tmp_path: Path) -> None:
    _save(tmp_path, tuned_rows=4)
    with pytest.raises(TrainingError, match="different networks"):
        _blend(tmp_path)
    with pytest.raises(TrainingError, match="0 to 1"):
        _blend(tmp_path, "--share", "1.5")
