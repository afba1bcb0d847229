"""Loudness and true peak against the recommendation's own test signals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.narrate.loudness import LoudnessMeter, integrated_loudness
from edge_tts.narrate.peak_limiter import PeakLimiter, true_peaks

RATES = (22050, 24000, 48000)


def tone(
    seconds: float, rate: int, hertz: float, dbfs: float, phase: float = 0.0
) -> NDArray[np.float32]:
    times = np.arange(int(seconds * rate)) / rate
    wave = 10.0 ** (dbfs / 20.0) * np.sin(2.0 * np.pi * hertz * times + phase)
    return wave.astype(np.float32)


def loudness(signal: NDArray[np.float32], rate: int, piece: int = 5000) -> float | None:
    meter = LoudnessMeter(rate)
    for start in range(0, len(signal), piece):
        meter.push(signal[start : start + piece])
    return integrated_loudness(meter.finish())


@pytest.mark.parametrize("rate", RATES)
def test_a_sine_of_997_hz(rate: int) -> None:
    # BS.1770: a 0 dBFS sine of 997 Hz in one channel is -3.01 LKFS.
    measured = loudness(tone(10.0, rate, 997.0, -20.0), rate)
    assert measured == pytest.approx(-23.01, abs=0.05)


@pytest.mark.parametrize("rate", RATES)
def test_low_tones_count_less_and_high_ones_more(rate: int) -> None:
    middle = loudness(tone(5.0, rate, 997.0, -20.0), rate)
    low = loudness(tone(5.0, rate, 38.0, -20.0), rate)
    high = loudness(tone(5.0, rate, 5000.0, -20.0), rate)
    assert middle is not None and low is not None and high is not None
    # The filters of the recommendation at 48 kHz: -6.0 dB at 38 Hz, +3.3 at 5 kHz
    # against 997 Hz.
    assert low - middle == pytest.approx(-6.7, abs=0.3)
    assert high - middle == pytest.approx(3.3, abs=0.3)


def test_silence_between_words_is_gated_out() -> None:
    rate = 22050
    speech = tone(10.0, rate, 997.0, -20.0)
    with_pause = np.concatenate([speech, np.zeros(20 * rate, np.float32), speech])
    assert loudness(with_pause, rate) == pytest.approx(-23.01, abs=0.1)


def test_quiet_parts_are_gated_as_in_tech_3341() -> None:
    # EBU Tech 3341, test 3: -36, -23, -36 dBFS tones; the quiet ones do not count.
    rate = 48000
    parts = [(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)]
    signal = np.concatenate([tone(s, rate, 1000.0, db) for s, db in parts])
    # One channel is 3 dB below the two of the test.
    assert loudness(signal, rate) == pytest.approx(-26.0, abs=0.1)


def test_the_pieces_do_not_matter() -> None:
    rate = 22050
    signal = np.random.default_rng(1).normal(0, 0.05, 3 * rate).astype(np.float32)
    whole = loudness(signal, rate, len(signal))
    assert whole == pytest.approx(loudness(signal, rate, 777), abs=1e-9)


def test_silence_has_no_loudness() -> None:
    assert loudness(np.zeros(44100, np.float32), 22050) is None
    assert integrated_loudness(LoudnessMeter(22050).finish()) is None


def test_a_peak_between_samples_is_seen() -> None:
    # At a quarter of the rate and 45 degrees every sample is 3 dB below the peak.
    signal = tone(0.5, 22050, 22050 / 4, 0.0, np.pi / 4)
    assert np.abs(signal).max() == pytest.approx(0.7071, abs=1e-3)
    assert true_peaks(signal)[100:-100].max() == pytest.approx(1.0, abs=0.03)


def limited(
    signal: NDArray[np.float32], gain: float, piece: int
) -> tuple[NDArray[np.float32], int]:
    limiter = PeakLimiter(gain, -3.0, 22050)
    parts = [
        limiter.push(signal[start : start + piece])
        for start in range(0, len(signal), piece)
    ]
    parts.append(limiter.finish())
    return np.concatenate(parts), limiter.limited_samples


def test_what_is_low_enough_is_only_scaled() -> None:
    signal = tone(1.0, 22050, 300.0, -20.0)
    out, count = limited(signal, 2.0, 1000)
    np.testing.assert_array_equal(out, signal * np.float32(2.0))
    assert count == 0


@pytest.mark.parametrize("piece", [400, 4096, 30000])
def test_peaks_stay_under_the_ceiling(piece: int) -> None:
    generator = np.random.default_rng(2)
    noise = generator.normal(0, 0.2, 22050).astype(np.float32)
    noise[::3000] = 0.95
    out, count = limited(noise, 1.6, piece)
    assert len(out) == len(noise)
    assert count > 0
    assert 20 * np.log10(true_peaks(out).max()) <= -2.9
    # Far from peaks nothing changes.
    quiet = tone(1.0, 22050, 200.0, -30.0)
    quiet[11000] = 1.0
    out, _ = limited(quiet, 1.0, piece)
    np.testing.assert_array_equal(out[:10000], quiet[:10000])
