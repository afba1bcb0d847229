"""Products with bfloat16 weights: half the bytes of float, the same arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def round_to_bf16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Rounds to the nearest bfloat16, ties to even, and returns the bits.

    Raises:
        ValueError: a value is not finite.
    """
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    if not np.isfinite(values).all():
        raise ValueError("expected finite values")
    rounded: NDArray[np.uint16] = (
        (bits + (0x7FFF + ((bits >> 16) & 1)).astype(np.uint32)) >> 16
    ).astype(np.uint16)
    return rounded


def from_bf16(halves: NDArray[Any]) -> NDArray[np.float32]:
    """Returns the floats whose upper halves are given as uint16."""
    return (halves.astype(np.uint32) << 16).view(np.float32)
