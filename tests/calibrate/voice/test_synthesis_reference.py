"""The NumPy definition of the synthesis against simple truths and against torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calibrate.voice import synthesis_reference as reference


def test_noise_is_a_function_of_position_and_seed() -> None:
    whole = reference.hash_noise(0, 1000, 5)
    assert np.array_equal(whole[300:400], reference.hash_noise(300, 100, 5))
    assert not np.array_equal(whole, reference.hash_noise(0, 1000, 6))


def test_noise_of_first_sample_is_pinned() -> None:
    # lowbias32(0) = 0; lowbias32(1) computed by hand with Python integers.
    value = 1
    value ^= value >> 16
    value = value * 0x21F0AAAD % 2**32
    value ^= value >> 15
    value = value * 0xD35A2D97 % 2**32
    value ^= value >> 15
    signed = value - 2**32 if value >= 2**31 else value
    noise = reference.hash_noise(0, 2, 0)
    assert noise[0] == 0
    assert noise[1] == pytest.approx(signed * math.sqrt(3) / 2**31, rel=1e-12)


def test_noise_is_white_and_of_unit_power() -> None:
    noise = reference.hash_noise(0, 1 << 17, 1)
    assert abs(np.mean(noise)) < 0.01
    assert np.mean(noise**2) == pytest.approx(1, abs=0.01)
    for lag in (1, 2, 3, 128, 256, 512):
        assert abs(np.mean(noise[lag:] * noise[:-lag])) < 0.012


def test_phase_follows_f0_and_wraps() -> None:
    phase = reference.oscillator_phase(np.full(22050, 220.5))
    turns = 220.5 / 22050 * np.arange(1, 22051)
    expected = 2 * np.pi * (turns - np.floor(turns + 0.5))
    difference = np.angle(np.exp(1j * (phase - expected)))
    assert np.abs(difference).max() < 1e-4
    assert phase.min() >= -np.pi and phase.max() < np.pi


def test_harmonic_source_is_the_sum_of_cosines() -> None:
    f0 = np.full(600, 300.0)
    angle = reference.oscillator_phase(f0)
    count = int(0.495 * 22050 / 300)
    expected = sum(np.cos(k * angle) for k in range(1, count + 1)) * np.sqrt(2 / count)
    assert np.allclose(reference.harmonic_source(angle, f0), expected, atol=5e-3)


def test_transform_pair_is_the_identity_inside() -> None:
    signal = np.random.default_rng(0).standard_normal(256 * 12)
    again = reference.inverse_stft(reference.stft(signal))
    assert np.allclose(again[192:-192], signal[192:-192], atol=1e-12)


def test_upsampling_is_linear_between_centres_and_held_outside() -> None:
    values = reference.upsample([1.0, 3.0, 3.0])
    assert len(values) == 768
    assert np.all(values[:128] == 1)
    assert values[128] == pytest.approx(1 + 2 * 0.5 / 256)
    assert np.all(values[384:] == 3)


def test_torch_synthesis_agrees() -> None:
    torch = pytest.importorskip("torch")
    from calibrate.voice import vocoder_synthesis as training
    from calibrate.voice.vocoder_model import Filters

    draw = np.random.default_rng(3)
    frames = 10
    rows = [draw.standard_normal((frames, 514)).astype(np.float32) for _ in range(4)]
    angle = draw.uniform(-3, 3, frames)
    excitation = np.concatenate(
        [np.cos(angle)[:, None], np.sin(angle)[:, None], draw.normal(size=(frames, 8))],
        axis=1,
    ).astype(np.float32)
    f0 = draw.uniform(150, 300, frames)
    voiced = np.array([0, 0, 1, 1, 1, 1, 0, 0, 0, 0], np.float64)
    expected = reference.synthesize(*rows, excitation, f0, voiced, seed=4)

    def batch(values: object) -> object:
        return torch.as_tensor(np.asarray(values), dtype=torch.float64)[None]

    pitch = training.upsample(batch(f0))
    sources = training.make_sources(
        batch(reference.oscillator_phase(reference.upsample(f0))),
        pitch,
        training.voicing_gate(batch(voiced)),
        batch(reference.hash_noise(0, frames * 256, 4)),
        batch(excitation),
    )
    filters = Filters(*(batch(each) for each in (*rows, excitation)))
    output, _ = training.synthesize(filters, sources)
    scale = np.abs(expected).max()
    assert np.abs(output[0].numpy() - expected).max() < 1e-5 * scale
