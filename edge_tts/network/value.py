"""The static facts about one value that flows between layers; no arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

DType = Literal["float32", "int64"]


@dataclass(frozen=True)
class Value:
    """Shape, timing and reach of one SSA value of a stack.

    A float value is a (rows, channels) float32 array in time order, an id value a
    (rows,) int64 array.
    """

    channels: int
    """Columns of a row; 1 for ids, which have no channel axis."""
    dtype: DType = "float32"
    """Element type."""
    axis: str = "T"
    """Name of the row axis; values on different axes cannot be combined."""
    rate: Fraction = Fraction(1)
    """Rows of this value per row of the stack's input."""
    delay: Fraction = Fraction(0)
    """Rows of the stack's input by which this value lags behind it."""
    before: Fraction = Fraction(0)
    """Earlier input rows that reach one row, after the delay is taken out."""
    after: Fraction = Fraction(0)
    """Later input rows that reach one row, after the delay is taken out."""

    def with_channels(self, channels: int) -> Value:
        """Returns the same rows with another width."""
        return replace(self, channels=channels)

    def __str__(self) -> str:
        rows = self.axis if self.rate == 1 else f"{self.rate}*{self.axis}"
        if self.dtype == "int64":
            return f"({rows},) int64"
        return f"({rows}, {self.channels}) {self.dtype}"
