"""Measures order signals as an ear would."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("soxr")
pytest.importorskip("soundfile")

from calibrate.voice.measures import (
    harmonic_height,
    mel_distance,
    pesq,
    stoi,
)
from tests.calibrate.voice.made_up_sound import tone


def test_distance_of_a_signal_to_itself_is_zero_and_grows_with_gain() -> None:
    signal = tone(1.0)
    assert mel_distance(signal, signal) == 0
    louder = mel_distance(signal, signal * np.float32(2))
    assert 0.5 < louder <= np.log(2) + 1e-3


def test_noise_lowers_harmonics() -> None:
    time = np.arange(22050) / 22050
    buzz = sum(np.cos(2 * np.pi * 200 * k * time) for k in range(1, 30)) * 0.01
    noise = np.random.default_rng(0).standard_normal(22050) * 0.05
    f0 = np.full(86, 200, np.float32)
    clean = harmonic_height(buzz.astype(np.float32), f0)
    hoarse = harmonic_height((buzz + noise).astype(np.float32), f0)
    assert clean > 20 > hoarse > 0


def test_optional_measures_are_numbers_or_absent() -> None:
    signal = tone(2.0)
    for measure in (pesq, stoi):
        value = measure(signal, signal)
        assert value is None or value > 0.99
