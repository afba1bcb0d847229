"""The source-filter synthesis streams exactly, and each part does what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_tts.engine.excitation import NUM_EXCITATION_FEATURES, Excitation
from edge_tts.engine.noise import uniform_noise
from edge_tts.engine.spectral_filter import HOP, NUM_BINS, SpectralFilter

SAMPLE_RATE, HOP_LENGTH = 22_050, 256


def _frames(count: int, seed: int) -> tuple[NDArray[np.float32], ...]:
    random = np.random.default_rng(seed)
    f0 = random.uniform(80.0, 400.0, count).astype(np.float32)
    gate = random.integers(0, 2, count).astype(np.float32)
    excitation = random.normal(size=(count, NUM_EXCITATION_FEATURES))
    filters = random.normal(size=(2 * count, 4, NUM_BINS)) * 0.5 - 1.0
    return f0, gate, excitation.astype(np.float32), filters.astype(np.float32)


def _synthesize(
    frames: tuple[NDArray[np.float32], ...], sizes: list[int]
) -> NDArray[np.float32]:
    f0, gate, rows, filters = frames
    excitation = Excitation(SAMPLE_RATE, HOP_LENGTH)
    excitation.reset(seed=5)
    spectral = SpectralFilter()
    out, first = [], 0
    for size in sizes:
        part = slice(first, first + size)
        # A stage overwrites its outputs with the next chunk's: nothing may be kept.
        borrowed = rows[part].copy()
        sources = excitation.push(f0[part], gate[part], borrowed)
        borrowed[:] = np.nan
        out.append(spectral.push(sources, filters[2 * first : 2 * (first + size)]))
        first += size
    empty = np.zeros((0, 4, NUM_BINS), np.float32)
    out.append(spectral.push(excitation.finish(), empty))
    out.append(spectral.finish())
    return np.concatenate(out)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(0, 99))
def test_streamed_equals_whole(sizes: list[int], seed: int) -> None:
    frames = _frames(sum(sizes), seed)
    whole = _synthesize(frames, [sum(sizes)])
    streamed = _synthesize(frames, sizes)
    assert whole.shape == (sum(sizes) * HOP_LENGTH,)
    scale = np.abs(whole).max()
    np.testing.assert_allclose(streamed, whole, atol=1e-5 * scale)


def test_unit_filter_returns_the_source() -> None:
    count = 12
    filters = np.zeros((2 * count, 4, NUM_BINS), np.float32)
    filters[:, 2:] = -60.0
    sources = np.zeros((3, count * HOP_LENGTH), np.float32)
    sources[0] = np.random.default_rng(0).normal(size=sources.shape[1])
    spectral = SpectralFilter()
    first = spectral.push(sources, filters)
    out = np.concatenate([first, spectral.finish()])
    # Windows that would start before the signal are missing at its edges.
    inner = slice(2 * HOP, -2 * HOP)
    np.testing.assert_allclose(out[inner], sources[0][inner], atol=1e-4)


def test_harmonics_have_the_pitch_that_was_asked_for() -> None:
    count, pitch = 64, 210.0
    excitation = Excitation(SAMPLE_RATE, HOP_LENGTH)
    rows = np.zeros((count, NUM_EXCITATION_FEATURES), np.float32)
    ones = np.ones(count, np.float32)
    sources = excitation.push(ones * pitch, ones, rows)
    spectrum = np.abs(np.fft.rfft(sources[0] * np.hanning(sources.shape[1])))
    peak = np.argmax(spectrum[: len(spectrum) // 40])
    assert peak * SAMPLE_RATE / sources.shape[1] == pytest.approx(pitch, abs=2.0)


def test_silent_gate_stops_harmonics_and_pulses_but_not_noise() -> None:
    excitation = Excitation(SAMPLE_RATE, HOP_LENGTH)
    rows = np.zeros((8, NUM_EXCITATION_FEATURES), np.float32)
    f0 = np.full(8, 150.0, np.float32)
    sources = excitation.push(f0, np.zeros(8, np.float32), rows)
    assert not sources[0].any()
    assert not sources[2].any()
    assert sources[1].std() == pytest.approx(1.0, abs=0.05)


def test_noise_is_white_and_depends_on_index_and_seed_alone() -> None:
    noise = uniform_noise(seed=7, first=0, count=50_000)
    assert noise.mean() == pytest.approx(0.0, abs=0.02)
    assert noise.std() == pytest.approx(1.0, abs=0.01)
    lag_one = float(np.mean(noise[1:] * noise[:-1]))
    assert lag_one == pytest.approx(0.0, abs=0.02)
    np.testing.assert_array_equal(noise[1000:1010], uniform_noise(7, 1000, 10))
    assert (uniform_noise(8, 0, 100) != noise[:100]).any()


def test_noise_is_the_same_on_every_machine() -> None:
    """Golden values of integer arithmetic: they hold on every ISA."""
    bits = np.round(uniform_noise(0, 0, 4) * (2.0**31 / 3.0**0.5)).astype(np.int64)
    assert bits[0] == 0
    assert (uniform_noise(3, 2**32 - 2, 4)[2:] == uniform_noise(3, 0, 2)).all()
