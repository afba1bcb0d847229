"""What a chunk costs by its length: a straight line through those made lately."""

from __future__ import annotations

from typing import Final

_KEPT: Final = 0.8
"""Weight of a chunk when the next one has been made."""


class CostLine:
    """Least squares over speech made and time spent, old chunks forgotten."""

    def __init__(self) -> None:
        self._weight = self._made = self._spent = 0.0
        self._made_made = self._made_spent = 0.0

    def observe(self, made_s: float, spent_s: float) -> None:
        """Take note of a chunk."""
        self._weight = self._weight * _KEPT + 1.0
        self._made = self._made * _KEPT + made_s
        self._spent = self._spent * _KEPT + spent_s
        self._made_made = self._made_made * _KEPT + made_s * made_s
        self._made_spent = self._made_spent * _KEPT + made_s * spent_s

    @property
    def per_chunk_s(self) -> float:
        """Time that every chunk takes, however short, s."""
        return self._line()[0]

    @property
    def per_second(self) -> float:
        """Further time per second of speech."""
        return self._line()[1]

    def predict(self, made_s: float) -> float:
        """Time that a chunk of so many seconds would take, s; 0 at the start."""
        fixed, slope = self._line()
        return fixed + slope * made_s

    def _line(self) -> tuple[float, float]:
        if self._weight == 0.0 or self._made == 0.0:
            return 0.0, 0.0
        spread = self._made_made - self._made * self._made / self._weight
        proportional = self._spent / self._made
        # Chunks of one length say nothing about others: then time is proportional.
        if spread <= 0.01 * self._made_made:
            return 0.0, proportional
        slope = (self._made_spent - self._made * self._spent / self._weight) / spread
        slope = min(max(slope, 0.0), proportional)
        return max(0.0, (self._spent - slope * self._made) / self._weight), slope
