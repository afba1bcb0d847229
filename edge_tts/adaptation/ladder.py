"""Decides when to step down and up again; knows neither voices nor chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final


class Rung(str, Enum):
    """What is given up, from nothing to most; each includes those before it."""

    PLANNED = "as planned"
    LARGER_CHUNKS = "larger chunks"
    CHEAPER_VARIANTS = "cheaper variants"
    LITE_VOICE = "lite voice"

    def __str__(self) -> str:
        return self.value


LOW_S: Final = 0.35
"""Less speech than this in reserve is too little, if it does not grow by itself."""
HIGH_S: Final = 1.2
"""More than this is enough to try again what was given up."""
LAGGING_RTF: Final = 0.6
"""Slower than this the reserve does not grow fast enough."""
QUICK_RTF: Final = 0.5
"""Faster than this there is something to give back."""
_MEMORY_S: Final = 0.5
"""Seconds of speech after which the estimate of speed has followed a change."""
_SETTLE_S: Final = 0.25
"""Speech to make after a step before the next one down."""
_PATIENCE_S: Final = 5.0
"""Speech to make on a rung before stepping up; doubles when that was too early."""
_MOST_PATIENCE_S: Final = 80.0


class Ladder:
    """The rung to be on, by how speech came lately.

    Args:
        find_rungs: What there is to give up here, in order, ``Rung.PLANNED`` first;
            asked when it is needed, which is never on most machines.
    """

    def __init__(self, find_rungs: Callable[[], Sequence[Rung]]) -> None:
        self._find_rungs = find_rungs
        self._rungs: Sequence[Rung] = (Rung.PLANNED,)
        self._level = 0
        self._since_step_s = 0.0
        self._patience_s = _PATIENCE_S
        self._stepped_up = False
        self._rtf: float | None = None
        self.steps_down = 0
        self.steps_up = 0

    @property
    def rung(self) -> Rung:
        """The rung now."""
        return self._rungs[self._level]

    @property
    def rtf(self) -> float | None:
        """Seconds of work per second of speech, lately; None at the start."""
        return self._rtf

    def observe(self, made_s: float, spent_s: float, lead_s: float | None) -> bool:
        """Take note of a chunk; returns whether the rung changed.

        Args:
            made_s: Speech in the chunk, s.
            spent_s: Time that making it took, s.
            lead_s: Speech that was in reserve when it came, s; None while nobody hears.
        """
        if made_s <= 0.0:
            return False
        rtf = spent_s / made_s
        weight = made_s / (made_s + _MEMORY_S)
        self._rtf = rtf if self._rtf is None else self._rtf + weight * (rtf - self._rtf)
        self._since_step_s += made_s
        if lead_s is None:
            return False
        if lead_s < LOW_S and self._rtf > LAGGING_RTF:
            return self._since_step_s >= _SETTLE_S and self._step(1)
        if lead_s > HIGH_S and self._rtf < QUICK_RTF:
            return self._since_step_s >= self._patience_s and self._step(-1)
        return False

    def _step(self, direction: int) -> bool:
        if len(self._rungs) == 1:
            self._rungs = self._find_rungs()
        level = self._level + direction
        if not 0 <= level < len(self._rungs):
            return False
        if direction > 0:
            self.steps_down += 1
            # Going up was too early: what is given back stutters again.
            if self._stepped_up and self._since_step_s < 2 * self._patience_s:
                self._patience_s = min(2 * self._patience_s, _MOST_PATIENCE_S)
        else:
            self.steps_up += 1
        self._stepped_up = direction < 0
        self._level = level
        self._since_step_s = 0.0
        return True
