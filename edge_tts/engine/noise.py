"""Reproducible noise: a hash of the sample index, so that no chunking can change it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_SCALE: Final = np.float32(3.0**0.5 / 2.0**31)
_SEED_STEP: Final = 0x9E3779B9


def uniform_noise(seed: int, first: int, count: int) -> NDArray[np.float32]:
    """White noise of unit variance, a pure function of seed and sample index.

    Args:
        seed: Any integer; its low 32 bits count.
        first: Index of the first sample.
        count: Number of samples.

    Returns:
        (count,) float32, uniform in [-sqrt(3), sqrt(3)). The 32-bit finaliser is
        "lowbias32" (C. Wellons, hash-prospector): integer arithmetic, hence the same
        samples on every machine.
    """
    start = (first + seed * _SEED_STEP) & 0xFFFFFFFF
    x = np.arange(count, dtype=np.uint32) + np.uint32(start)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x21F0AAAD)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0xD35A2D97)
    x ^= x >> np.uint32(15)
    noise: NDArray[np.float32] = x.view(np.int32) * _SCALE
    return noise
