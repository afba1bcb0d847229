from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.audio.resampler import Resampler
from edge_tts.errors import SinkError

RATES = [
    (22_050, 24_000),
    (22_050, 48_000),
    (22_050, 44_100),
    (22_050, 16_000),
    (24_000, 22_050),
]


def convert(samples: np.ndarray, source: int, target: int) -> np.ndarray:
    resampler = Resampler(source, target)
    return np.concatenate([resampler.process(samples), resampler.flush()])


@pytest.mark.parametrize("source, target", RATES)
def test_tones_keep_frequency_phase_and_level(source: int, target: int) -> None:
    for frequency in (100.0, 1_000.0, 0.9 * min(source, target) / 2):
        time_in = np.arange(source) / source
        tone = np.sin(2 * np.pi * frequency * time_in).astype(np.float32)
        out = convert(tone, source, target)
        expected = np.sin(2 * np.pi * frequency * np.arange(len(out)) / target)
        inner = slice(target // 8, -target // 8)
        error = np.std(out[inner] - expected[inner])
        assert 20 * np.log10(np.std(expected[inner]) / error) > 90


def test_images_and_aliases_are_below_85_db() -> None:
    tone = np.sin(2 * np.pi * 7_000 * np.arange(22_050) / 22_050).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(convert(tone, 22_050, 24_000) * np.hanning(24_000)))
    peak = int(np.argmax(spectrum))
    assert peak == 7_000
    spectrum[peak - 8 : peak + 9] = 0.0
    assert 20 * np.log10(spectrum.max() / 6_000) < -85
    # 11 kHz cannot exist at 16 kHz: it must vanish, not fold down to 5 kHz.
    high = np.sin(2 * np.pi * 10_900 * np.arange(22_050) / 22_050).astype(np.float32)
    assert np.abs(convert(high, 22_050, 16_000)[2_000:-2_000]).max() < 10 ** (-85 / 20)


@settings(max_examples=30, deadline=None)
@given(
    rates=st.sampled_from(RATES),
    sizes=st.lists(st.integers(0, 900), min_size=1, max_size=12),
)
def test_cutting_the_input_changes_no_bit(
    rates: tuple[int, int], sizes: list[int]
) -> None:
    samples = np.random.default_rng(3).normal(0, 0.2, sum(sizes)).astype(np.float32)
    resampler = Resampler(*rates)
    parts, position = [], 0
    for size in sizes:
        parts.append(resampler.process(samples[position : position + size]))
        position += size
    streamed = np.concatenate([*parts, resampler.flush()])
    assert len(streamed) == math.ceil(len(samples) * rates[1] / rates[0])
    assert np.array_equal(streamed, convert(samples, *rates))


def test_constant_stays_constant() -> None:
    out = convert(np.full(4_000, 0.5, np.float32), 22_050, 24_000)
    assert np.abs(out[200:-200] - 0.5).max() < 1e-6


def test_odd_ratio_is_an_error() -> None:
    with pytest.raises(SinkError, match="common rate"):
        Resampler(22_050, 47_999)
