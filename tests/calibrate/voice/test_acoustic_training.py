"""Training of the acoustic model: batches, losses, interruption."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

from calibrate.voice import acoustic_batches  # noqa: E402
from calibrate.voice.acoustic_batches import BatchSampler, collate  # noqa: E402
from calibrate.voice.acoustic_checkpoint import load_acoustic  # noqa: E402
from calibrate.voice.acoustic_dataset import AcousticClip  # noqa: E402
from calibrate.voice.acoustic_losses import acoustic_losses, duration_deviance  # noqa: E402
from calibrate.voice.acoustic_model import AcousticOutput  # noqa: E402
from calibrate.voice.acoustic_predict import predict_all, predicted_path  # noqa: E402
from calibrate.voice.acoustic_train import AcousticSchedule, AcousticTrainer  # noqa: E402
from calibrate.voice.errors import TrainingError  # noqa: E402
from tests.calibrate.voice.made_up_acoustics import (  # noqa: E402
    SMALL,
    made_up_clip,
    made_up_stats,
)

SCHEDULE = AcousticSchedule(
    regression_steps=2, adversarial_steps=2, warmup_steps=2, save_every=3, log_every=2
)


@pytest.fixture
def clips(monkeypatch: pytest.MonkeyPatch) -> list[AcousticClip]:
    torch.set_num_threads(1)
    monkeypatch.setattr(acoustic_batches, "FRAMES_PER_BATCH", 300)
    speakers = ("kathleen", "lj", "slt", "bdl")
    training = [made_up_clip(n, speakers[n % 4]) for n in range(16)]
    return [*training, made_up_clip(99, "kathleen", held_out=True)]


def test_narrow_recordings_do_not_train_the_top_of_the_spectrum() -> None:
    pair = [made_up_clip(1, "kathleen"), made_up_clip(2, "bdl")]
    batch = collate(pair, made_up_stats())
    assert batch.mel.shape[1] % 2 == 0
    assert batch.mel_weight[0].sum() == pair[0].num_frames * 80
    assert batch.mel_weight[1].sum() == pair[1].num_frames * 78
    assert batch.frame_mask.sum(dim=1).tolist() == [c.num_frames for c in pair]
    assert batch.mask.sum() == 24


def test_sampler_continues_from_a_position(clips: list[AcousticClip]) -> None:
    first = BatchSampler(clips, made_up_stats(), seed=4)
    for _ in range(3):
        first.next_batch()
    second = BatchSampler(clips, made_up_stats(), seed=4)
    second.seek(*first.position)
    for _ in range(12):
        assert torch.equal(first.next_batch().mel, second.next_batch().mel)


def test_duration_loss_is_best_at_the_mean() -> None:
    durations = torch.tensor([0.0, 0.0, 0.0, 20.0])
    guesses = torch.linspace(0, 3, 601)
    losses = duration_deviance(guesses[:, None], durations[None]).mean(dim=1)
    best = float(torch.exp(guesses[losses.argmin()]) - 1)
    assert best == pytest.approx(5.0, abs=0.05)


def test_perfect_output_has_no_regression_loss() -> None:
    batch = collate([made_up_clip(1, "lj")], made_up_stats())
    prosody = torch.cat(
        [torch.log(batch.durations + 1.0)[..., None], batch.pitch_energy], dim=2
    )
    output = AcousticOutput(prosody, batch.mel, batch.log_f0, batch.voiced * 40 - 20)
    for name, loss in acoustic_losses(output, batch).items():
        assert float(loss) == pytest.approx(0.0, abs=1e-5), name


def test_an_interrupted_run_ends_like_an_uninterrupted_one(
    clips: list[AcousticClip], tmp_path: Path
) -> None:
    whole = AcousticTrainer(clips, made_up_stats(), tmp_path / "a", SCHEDULE, SMALL)
    whole.run()
    broken = AcousticTrainer(clips, made_up_stats(), tmp_path / "b", SCHEDULE, SMALL)
    broken.step_limit = 3
    broken.run()
    again = AcousticTrainer(clips, made_up_stats(), tmp_path / "b", SCHEDULE, SMALL)
    assert again.step == 3
    again.run()
    assert again.step == 4
    for a, b in zip(whole.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_other_settings_do_not_resume(
    clips: list[AcousticClip], tmp_path: Path
) -> None:
    AcousticTrainer(clips, made_up_stats(), tmp_path, SCHEDULE, SMALL).run()
    with pytest.raises(TrainingError, match="seed"):
        AcousticTrainer(
            clips, made_up_stats(), tmp_path, replace(SCHEDULE, seed=2), SMALL
        )


def test_a_loss_that_is_not_finite_stops_the_run(
    clips: list[AcousticClip], tmp_path: Path
) -> None:
    trainer = AcousticTrainer(clips, made_up_stats(), tmp_path, SCHEDULE, SMALL)
    with torch.no_grad():
        trainer.model.decoder.out.bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="mel is nan at step 1"):
        trainer.run()


def test_finished_weights_load_and_predict(
    clips: list[AcousticClip], tmp_path: Path
) -> None:
    AcousticTrainer(clips, made_up_stats(), tmp_path, SCHEDULE, SMALL).run()
    model, stats, notes = load_acoustic(tmp_path / "acoustic.pt")
    assert notes["step"] == 4
    assert model.config == SMALL
    predict_all(model, stats, clips[:3], tmp_path)
    for clip in clips[:3]:
        with np.load(predicted_path(tmp_path, clip.clip.uid)) as file:
            assert file["mel"].shape == (clip.num_frames, 80)
            assert file["mel"].dtype == np.float16
            assert (file["f0"] > 0).all()
            assert set(file["voiced"].tolist()) <= {0.0, 1.0}
