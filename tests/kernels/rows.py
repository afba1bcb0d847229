"""Made-up rows for kernel tests: ordinary ones and those that break things."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LENGTHS = (*range(1, 66), 96, 97, 160, 192, 200)
"""Row lengths: every tail of every vector width."""


def normal(seed: int, *shape: int, scale: float = 2.0) -> Floats:
    """Gaussian numbers."""
    values = np.random.default_rng(seed).standard_normal(shape) * scale
    return values.astype(np.float32)


def extreme(channels: int) -> dict[str, Floats]:
    """Rows of one kind each, (1, channels)."""
    one = np.ones((1, channels), np.float32)
    signs = np.where(np.arange(channels) % 2, -1, 1).astype(np.float32)
    ramp = np.linspace(-1, 1, channels, dtype=np.float32)[None]
    ties = (np.arange(channels, dtype=np.float32) % 127 - 63.5)[None]
    ties[0, 0] = 127.0
    single = 0 * one
    single[0, -1] = -3.0
    return {
        "zeros": 0 * one,
        "minus zero": np.float32(-0.0) * one,
        "constant": one,
        "alternating": one * signs,
        "denormal": one * signs * np.float32(1e-41),
        "tiny": ramp * np.float32(1e-20),
        "huge": ramp * np.float32(1e18),
        "ties": ties,
        "one value": single,
    }
