"""Owns the one rule that turns float samples into 16-bit PCM."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def pcm16_from_float(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    """Return little-endian 16-bit samples: round half to even, clip, NaN to silence.

    The scale is 32768 (what libsndfile and every codec read back with), so that -1.0
    is exact and +1.0 clips by one step.

    Args:
        samples: float32, any shape, full scale +-1.
    """
    scaled = np.multiply(samples, np.float32(32768.0), dtype=np.float32)
    np.rint(scaled, out=scaled)
    # NaN compares false with everything and would survive the clip as an undefined
    # integer: a full-scale click in the listener's ear.
    np.nan_to_num(scaled, copy=False, nan=0.0, posinf=32767.0, neginf=-32768.0)
    np.clip(scaled, -32768.0, 32767.0, out=scaled)
    pcm: npt.NDArray[np.int16] = scaled.astype("<i2")
    return pcm
