"""Owns PeakLimiter: holds the true peak under a ceiling, heard by nobody.

Looks ahead 3 ms and lowers the gain along a raised cosine, so that nothing is clipped.
True peaks are those of the signal oversampled four times (BS.1770-4, annex 2).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

OVERSAMPLING: Final = 4
HALF_TAPS: Final = 12
_LOOK_SECONDS: Final = 0.003
# A peak between samples is at most about this much above them in speech; blocks that
# stay below need no oversampling.
_SAFE: Final = np.float32(0.5)
# Changing the gain between samples moves peaks a little.
_MARGIN: Final = 10.0 ** (-0.05 / 20.0)


class PeakLimiter:
    """Takes a mono signal in pieces, gives it back scaled, limited and as long.

    Args:
        gain: Factor applied first.
        ceiling_db: Largest true peak, dBTP.
        sample_rate: Hz.
    """

    def __init__(self, gain: float, ceiling_db: float, sample_rate: int) -> None:
        self._gain = np.float32(gain)
        self._ceiling = 10.0 ** (ceiling_db / 20.0) * _MARGIN
        # Odd, so that the window has a middle.
        self._look = 2 * max(4, int(_LOOK_SECONDS * sample_rate / 2)) + 1
        window = np.hanning(self._look + 2)[1:-1]
        self._smooth = window / window.sum()
        # The gain at a sample needs peaks this far to both sides.
        self._context = self._look + HALF_TAPS
        self._pending = np.zeros(self._context, np.float32)
        self.limited_samples = 0
        """Samples that were turned down so far."""

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Samples whose future is known by now; may be none."""
        pending = np.concatenate((self._pending, samples * self._gain))
        ready = len(pending) - 2 * self._context
        if ready <= 0:
            self._pending = pending
            return np.zeros(0, np.float32)
        out = self._limit(pending, ready)
        self._pending = pending[ready:]
        return out

    def finish(self) -> NDArray[np.float32]:
        """The rest of the signal."""
        return self.push(np.zeros(self._context, np.float32))

    def _limit(self, block: NDArray[np.float32], ready: int) -> NDArray[np.float32]:
        middle = block[self._context : self._context + ready]
        if float(np.abs(block).max(initial=0.0)) < _SAFE * self._ceiling:
            return np.array(middle)
        peaks = true_peaks(block)
        if float(peaks.max()) <= self._ceiling:
            return np.array(middle)
        wanted = np.minimum(1.0, self._ceiling / np.maximum(peaks, 1e-9))
        # The lowest gain within the window, then an average over the same window:
        # at a peak every gain that is averaged is already low enough.
        half = self._look // 2
        lowest = sliding_window_view(np.pad(wanted, half, "edge"), self._look)
        gains = np.convolve(lowest.min(axis=1), self._smooth, "same")
        gains = gains[self._context : self._context + ready]
        self.limited_samples += int(np.count_nonzero(gains < 0.999999))
        limited: NDArray[np.float32] = (middle * gains).astype(np.float32)
        return limited


def true_peaks(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Largest absolute value of the oversampled signal around each sample, (n,)."""
    largest = np.abs(samples).astype(np.float64)
    for phase in range(1, OVERSAMPLING):
        between = np.abs(np.convolve(samples, _phase_filter(phase), "same"))
        # It lies between two samples and belongs to both.
        np.maximum(largest, between, out=largest)
        np.maximum(largest[1:], between[:-1], out=largest[1:])
    return largest


@cache
def _phase_filter(phase: int) -> NDArray[np.float64]:
    times = np.arange(-HALF_TAPS, HALF_TAPS + 1) + phase / OVERSAMPLING
    inside = 1.0 - np.square(times / (HALF_TAPS + 1))
    taps = np.sinc(times) * np.i0(5.0 * np.sqrt(inside))
    filtered: NDArray[np.float64] = taps / taps.sum()
    return filtered
