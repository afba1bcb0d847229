"""How long to measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Effort:
    """Bounds of one measurement."""

    seconds: float
    """Aimed at per pack, on a machine fast enough for the least number of rounds."""
    rounds: int
    """Least number of times that every case is measured."""
    rows: tuple[int, ...]
    """Rows per call of stages that stream."""
    first_frames: tuple[int, ...]
    """Sizes of the first chunk that are tried."""
    max_frames: tuple[int, ...]
    """Sizes of the largest chunk that are tried."""
    finalists: int
    """Settings of threads and CPUs that speak whole sentences."""


EFFORTS: Final[Mapping[str, Effort]] = MappingProxyType(
    {
        "quick": Effort(2.0, 3, (16, 48), (16,), (48,), 2),
        "normal": Effort(6.0, 5, (8, 24, 48), (8, 16, 32), (32, 48, 96), 3),
        "thorough": Effort(
            30.0, 15, (2, 8, 16, 24, 48, 96), (8, 12, 16, 24, 32), (32, 48, 96, 192), 6
        ),
    }
)
"""Name -> effort, as the options of ``edgetts tune`` call it."""
