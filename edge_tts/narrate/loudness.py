"""Owns LoudnessMeter: programme loudness after ITU-R BS.1770-4, as EBU R 128 uses it.

Streams: memory does not grow with the programme. The K-weighting runs as a long FIR by
overlap-add, because NumPy has no recursive filter and a loop in Python would be slower
than the synthesis.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

_NUM_TAPS: Final = 4096
"""The high-pass has decayed by more than 160 dB within them at up to 48 kHz."""
_FFT_SIZE: Final = 32768
_ABSOLUTE_GATE: Final = -70.0
_RELATIVE_GATE: Final = -10.0
_BIN_DB: Final = 0.1
_LOWEST: Final = _ABSOLUTE_GATE
_NUM_BINS: Final = 900
_OFFSET: Final = -0.691


class LoudnessMeter:
    """Takes a mono signal in pieces; ``histogram`` can be added to those of others.

    Args:
        sample_rate: Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._spectrum = np.fft.rfft(_k_weighting(sample_rate), _FFT_SIZE)
        self._step = _FFT_SIZE - _NUM_TAPS + 1
        self._pending = np.zeros(0, np.float32)
        self._tail = np.zeros(_NUM_TAPS - 1)
        # Blocks of 400 ms, a new one every 100 ms.
        self._hop = sample_rate // 10
        self._rest = np.zeros(0)
        self._hops: list[float] = []
        self.histogram = np.zeros((2, _NUM_BINS))
        """Row 0: number of blocks per 0.1 LU from -70 LUFS; row 1: their energy."""

    def push(self, samples: NDArray[np.float32]) -> None:
        """Take the next samples, (n,) float32."""
        pending = np.concatenate((self._pending, samples))
        while len(pending) >= self._step:
            self._filter(pending[: self._step])
            pending = pending[self._step :]
        self._pending = pending

    def finish(self) -> NDArray[np.float64]:
        """Take the end of the signal; return the histogram, (2, 900)."""
        if len(self._pending):
            self._filter(self._pending)
            self._pending = np.zeros(0, np.float32)
        return self.histogram

    def _filter(self, block: NDArray[np.float32]) -> None:
        out = np.fft.irfft(np.fft.rfft(block, _FFT_SIZE) * self._spectrum, _FFT_SIZE)
        out[: _NUM_TAPS - 1] += self._tail
        count = len(block)
        self._tail = out[count : count + _NUM_TAPS - 1].copy()
        self._measure(out[:count])

    def _measure(self, weighted: NDArray[np.float64]) -> None:
        signal = np.concatenate((self._rest, weighted))
        count = len(signal) // self._hop
        energies = np.square(signal[: count * self._hop]).reshape(count, self._hop)
        self._rest = signal[count * self._hop :]
        hops = [*self._hops, *energies.mean(axis=1).tolist()]
        if len(hops) >= 4:
            blocks = np.convolve(hops, np.full(4, 0.25), "valid")
            self._count(blocks)
        self._hops = hops[-3:]

    def _count(self, blocks: NDArray[np.float64]) -> None:
        loudness = _OFFSET + 10.0 * np.log10(np.maximum(blocks, 1e-15))
        loud = loudness >= _ABSOLUTE_GATE
        bins = ((loudness[loud] - _LOWEST) / _BIN_DB).astype(np.int64)
        bins = np.minimum(bins, _NUM_BINS - 1)
        np.add.at(self.histogram[0], bins, 1.0)
        np.add.at(self.histogram[1], bins, blocks[loud])


def integrated_loudness(histogram: NDArray[np.float64]) -> float | None:
    """Gated loudness in LUFS; None where everything is below -70 LUFS.

    Args:
        histogram: (2, 900), the sum of those of all parts.
    """
    counts, energies = histogram
    if not counts.sum():
        return None
    mean = energies.sum() / counts.sum()
    gate = _OFFSET + 10.0 * math.log10(mean) + _RELATIVE_GATE
    first = max(0, math.ceil((gate - _LOWEST) / _BIN_DB - 1e-9))
    counts, energies = counts[first:], energies[first:]
    return float(_OFFSET + 10.0 * math.log10(energies.sum() / counts.sum()))


def _k_weighting(sample_rate: int) -> NDArray[np.float64]:
    """Impulse response of the two filters of BS.1770 at any rate, (4096,)."""
    # Analogue prototypes that give the coefficients of the recommendation at 48 kHz.
    k = math.tan(math.pi * 1681.974450955533 / sample_rate)
    q = 0.7071752369554196
    high = 10.0 ** (3.999843853973347 / 20.0)
    band = high**0.4996667741545416
    a0 = 1.0 + k / q + k * k
    shelf = (
        [
            (high + band * k / q + k * k) / a0,
            2.0 * (k * k - high) / a0,
            (high - band * k / q + k * k) / a0,
        ],
        [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
    )
    k = math.tan(math.pi * 38.13547087602444 / sample_rate)
    q = 0.5003270373238773
    a0 = 1.0 + k / q + k * k
    high_pass = (
        [1.0, -2.0, 1.0],
        [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
    )
    impulse = [1.0] + [0.0] * (_NUM_TAPS - 1)
    return np.array(_recurse(_recurse(impulse, *shelf), *high_pass))


def _recurse(
    signal: list[float], forward: list[float], back: list[float]
) -> list[float]:
    out: list[float] = []
    x1 = x2 = y1 = y2 = 0.0
    for x in signal:
        y = forward[0] * x + forward[1] * x1 + forward[2] * x2
        y -= back[0] * y1 + back[1] * y2
        x1, x2, y1, y2 = x, x1, y, y1
        out.append(y)
    return out
