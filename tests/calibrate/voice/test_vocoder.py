"""The vocoder's network streams exactly, and its training survives a kill."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")
pytest.importorskip("soxr")

from calibrate.voice.dataset import Clip  # noqa: E402  (torch may be absent)
from calibrate.voice.errors import TrainingError  # noqa: E402
from calibrate.voice.mel import log_mel  # noqa: E402
from calibrate.voice.vocoder_config import VocoderConfig  # noqa: E402
from calibrate.voice.vocoder_data import CropSampler  # noqa: E402
from calibrate.voice.vocoder_infer import vocode  # noqa: E402
from calibrate.voice.vocoder_model import VocoderNetwork, network_input  # noqa: E402
from calibrate.voice.vocoder_schedule import VocoderSchedule  # noqa: E402
from calibrate.voice.vocoder_trainer import VocoderTrainer  # noqa: E402
from tests.calibrate.voice.made_up_sound import tone  # noqa: E402

SMALL = VocoderConfig(channels=16, num_blocks=2)


def _network() -> VocoderNetwork:
    torch.manual_seed(0)
    return VocoderNetwork(SMALL).eval()


@pytest.mark.parametrize("chunks", [[1] * 20, [2] * 10, [3, 8, 1, 1, 7], [20]])
def test_streamed_equals_whole(chunks: list[int]) -> None:
    network = _network()
    rows = torch.randn(1, 20, 82)
    whole, _ = network(rows)
    states, parts = None, []
    for part in rows.split(chunks, 1):
        filters, states = network(part, states)
        parts.append(filters)
    for name, wanted in whole._asdict().items():
        streamed = torch.cat([getattr(part, name) for part in parts], 1)
        assert torch.allclose(streamed, wanted, atol=1e-5), name


def test_output_depends_on_two_future_frames_only() -> None:
    network = _network()
    rows = torch.randn(1, 20, 82)
    changed = rows.clone()
    changed[:, 12:] += 1
    before, _ = network(rows)
    after, _ = network(changed)
    for a, b in zip(before, after, strict=True):
        assert torch.equal(a[:, :12], b[:, :12])
        # Row 12 belongs to frame 10, whose second frame of look-ahead is 12.
        assert not torch.equal(a[:, 12], b[:, 12])


def test_envelope_is_that_of_the_delayed_frame() -> None:
    network = _network()
    with torch.no_grad():
        for layer in (network.harmonic, network.noise):
            layer.weight.zero_()
            layer.bias.zero_()
    mel = torch.full((1, 8, 80), -11.513)
    mel[:, 3] = 1.0
    rows = network_input(mel, torch.full((1, 8), 181.27), torch.zeros(1, 8))
    filters, _ = network(rows)
    assert torch.allclose(filters.log_harmonic[0, 5], torch.tensor(1.0), atol=1e-4)
    assert torch.allclose(filters.log_noise[0, 4], torch.tensor(-11.513), atol=1e-4)


def test_zeros_are_unvoiced_silence() -> None:
    silence = network_input(
        torch.full((1, 80), -11.513), torch.full((1,), np.exp(5.2)), torch.zeros(1)
    )
    assert torch.allclose(silence, torch.zeros(1, 82), atol=1e-6)


def test_default_size() -> None:
    network = VocoderNetwork()
    assert sum(each.numel() for each in network.parameters()) == 1_111_534


def test_untrained_network_makes_sound_of_the_right_length() -> None:
    samples = tone(1.0)[: 256 * 80]
    mel = log_mel(samples)
    f0 = np.full(len(mel), 180, np.float32)
    sound = vocode(_network(), mel, f0, np.ones(len(mel), np.float32))
    assert sound.shape == (len(mel) * 256,) and np.isfinite(sound).all()


def _work(tmp_path: Path) -> tuple[Path, list[Clip]]:
    folder = tmp_path / "features"
    folder.mkdir(parents=True, exist_ok=True)
    clips = []
    for name in ("slt_a", "slt_b", "slt_held"):
        samples = tone(1.2)[: 256 * 100]
        mel = log_mel(samples)
        np.savez(
            folder / f"{name}.npz",
            wav=(samples * 32767).astype(np.int16),
            mel=mel.astype(np.float16),
            f0=np.full(len(mel), 180, np.float32),
            offset=0.0,
            phase=np.zeros(len(mel) * 4, np.float32),
        )
        held = name.endswith("held")
        clips.append(Clip(name, folder, "slt", "x", 1.2, name, held))
    return tmp_path, clips


def _trainer(tmp_path: Path, folder: str, steps: tuple[int, int]) -> VocoderTrainer:
    work, clips = _work(tmp_path)
    schedule = VocoderSchedule(
        batch=3,
        frames=40,
        reconstruction_steps=steps[0],
        adversarial_steps=steps[1],
        discriminator_lead=1,
        warmup=2,
    )
    sampler = CropSampler(work, clips, seed=1, frames=schedule.frames)
    torch.manual_seed(0)
    (tmp_path / folder).mkdir(exist_ok=True)
    return VocoderTrainer(tmp_path / folder, sampler, schedule, _network().train())


def test_held_out_clips_are_never_loaded(tmp_path: Path) -> None:
    work, clips = _work(tmp_path)
    only_held = [clip for clip in clips if clip.held_out]
    with pytest.raises(TrainingError, match="no features of training clips"):
        CropSampler(work, only_held, seed=1, frames=40)


def test_interrupted_run_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calibrate.voice.vocoder_trainer.SAVE_EVERY", 2)
    straight = _trainer(tmp_path, "straight", (2, 3))
    straight.run()

    broken = _trainer(tmp_path, "broken", (2, 3))
    advance, calls = broken._advance, iter(range(99))

    def killed() -> dict[str, float]:
        if next(calls) == 3:
            raise KeyboardInterrupt
        return advance()

    monkeypatch.setattr(broken, "_advance", killed)
    with pytest.raises(KeyboardInterrupt):
        broken.run()
    _trainer(tmp_path, "broken", (2, 3)).run()
    states = [
        torch.load(tmp_path / name / "vocoder.pt", weights_only=True)["state"]
        for name in ("straight", "broken")
    ]
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name
    assert (tmp_path / "straight" / "v1.pt").is_file()


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calibrate.voice.vocoder_trainer.SAVE_EVERY", 1)
    _trainer(tmp_path, "run", (1, 0)).run()
    trainer = _trainer(tmp_path, "run", (1, 0))
    trainer._schedule = dataclasses.replace(trainer._schedule, reconstruction_steps=5)
    with torch.no_grad():
        trainer._network.norm.weight.fill_(float("nan"))
    with pytest.raises(TrainingError, match="at step 1: lower the learning rate"):
        trainer.run()
    state = torch.load(tmp_path / "run" / "vocoder.pt", weights_only=True)["state"]
    assert all(torch.isfinite(value).all() for value in state.values())
