"""The static facts about one value that flows between layers; no arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

DType = Literal["float32", "int64"]


class Value(NamedTuple):
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
    rate: Fraction | int = 1
    """Rows of this value per row of the stack's input."""
    delay: Fraction | int = 0
    """Rows of the stack's input by which this value lags behind it."""
    before: Fraction | int = 0
    """Earlier input rows that reach one row, after the delay is taken out."""
    after: Fraction | int = 0
    """Later input rows that reach one row, after the delay is taken out."""

    def with_channels(self, channels: int) -> Value:
        """Returns the same rows with another width."""
        return self._replace(channels=channels)

    def replace(self, **changes: Any) -> Value:
        """Returns a copy with some facts changed."""
        return self._replace(**changes)

    @property
    def input_rows(self) -> Fraction | int:
        """Rows of the stack's input per row of this value."""
        if self.rate == 1:
            return 1
        # Imported late: it brings decimal, and few networks change their rate.
        from fractions import Fraction

        return 1 / Fraction(self.rate)

    def __str__(self) -> str:
        rows = self.axis if self.rate == 1 else f"{self.rate}*{self.axis}"
        if self.dtype == "int64":
            return f"({rows},) int64"
        return f"({rows}, {self.channels}) {self.dtype}"
