"""Owns TruePeakMeter: the largest true peak of a signal that comes in blocks."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.narrate.peak_limiter import HALF_TAPS, true_peaks

_EDGE: Final = HALF_TAPS + 1
"""Samples at the end of a block whose neighbours are not known yet."""


class TruePeakMeter:
    """The peak does not depend on where the blocks are cut.

    A block by itself would begin and end with a step, which oversampling turns into
    peaks that the signal does not have.
    """

    def __init__(self) -> None:
        self._tail = np.zeros(2 * _EDGE, np.float32)
        self.largest = 0.0
        """So far, full scale 1."""

    def push(self, samples: NDArray[np.float32]) -> None:
        """Take the next samples, (n,)."""
        block = np.concatenate((self._tail, samples))
        self._tail = block[-2 * _EDGE :]
        # No peak between samples is twice as high as they are.
        if float(np.abs(block).max()) > 0.5 * self.largest:
            peaks = true_peaks(block)[_EDGE:-_EDGE]
            self.largest = max(self.largest, float(peaks.max(initial=0.0)))

    def finish(self) -> float:
        """The largest of the whole signal."""
        self.push(np.zeros(2 * _EDGE, np.float32))
        return self.largest
