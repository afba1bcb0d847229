"""A recording that needs no data set."""

from __future__ import annotations

import numpy as np


def tone(seconds: float, f0: float = 180.0, rate: int = 22050) -> np.ndarray:
    """A buzz with silent edges, float32."""
    time = np.arange(int(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * k * f0 * time) / k for k in range(1, 12))
    wave = 0.1 * wave * ((time > 0.3) & (time < seconds - 0.3))
    noise = np.random.default_rng(0).standard_normal(len(time))
    return (wave + 1e-4 * noise).astype(np.float32)
