"""Owns ``add_rows``: loudness of chapters added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def add_rows(histogram: NDArray[np.float64], rows: Sequence[Sequence[float]]) -> None:
    """Add ``Measured.counts`` to a histogram, (2, 900): blocks and energy per bin."""
    for index, count, energy in rows:
        histogram[0, int(index)] += count
        histogram[1, int(index)] += energy
