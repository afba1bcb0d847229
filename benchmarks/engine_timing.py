"""Times calls in turns, so that a disturbance of the machine meets all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Call = Callable[[], object]
Figure = Literal["median", "best"]
"""Which of a call's times to compare."""


@dataclass
class Timing:
    """Times of one call, in seconds."""

    seconds: list[float] = field(default_factory=list)
    """Every call that counted."""

    @property
    def median(self) -> float:
        """The figure to compare."""
        return float(np.median(self.seconds))

    @property
    def p99(self) -> float:
        """What one call in a hundred takes at least."""
        return float(np.percentile(self.seconds, 99))

    @property
    def best(self) -> float:
        """The fastest call: what a quiet machine would show."""
        return min(self.seconds)


def time_in_turns(
    calls: Mapping[str, Call],
    *,
    rounds: int = 9,
    seconds_per_turn: float = 0.04,
    between: Call | None = None,
) -> dict[str, Timing]:
    """Calls everything in every round, each for about the same time.

    Args:
        calls: by name.
        rounds: how often everybody has a turn.
        seconds_per_turn: length of a turn; two calls at least.
        between: called once per round.

    Returns:
        The times by name; the first two calls of a turn warm the caches and are not
        counted.
    """
    repeats = {}
    for name, call in calls.items():
        for _ in range(3):
            call()
        started = time.perf_counter()
        call()
        once = time.perf_counter() - started
        repeats[name] = max(2, int(seconds_per_turn / max(once, 1e-9)))
    timings = {name: Timing() for name in calls}
    for _ in range(rounds):
        if between is not None:
            between()
        for name, call in calls.items():
            warm = 2 if repeats[name] > 2 else 1
            for _ in range(warm):
                call()
            note = timings[name].seconds.append
            for _ in range(repeats[name]):
                started = time.perf_counter()
                call()
                note(time.perf_counter() - started)
    return timings
