"""Owns LiveText: text that arrives in pieces, cut so that speech never waits long."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Iterator
from typing import Final

_BOUNDARY: Final = re.compile(
    # A full stop behind a long word: behind a short one it may be "Dr." or "No."
    r"(?:[a-z]{4}\.|[!?\u2026]|[,;:\u2014])[\"'\u2019\u201d)]*\s|\n\s*\n"
)
_STOP: Final = re.compile(r"(?:\w{3}[.]|[!?\u2026])[\"'\u2019\u201d)]*$")
_SHORTEST_CLAUSE: Final = 16
"""Characters: shorter ones alone sound torn."""
_SETTLED_S: Final = 0.03
"""Text that comes faster than this is given time to make whole sentences."""
_IDLE_S: Final = 0.3
"""A writer silent for so long behind a full stop has finished the sentence."""


class LiveText:
    """The pieces for a synthesizer; never blocks.

    Whole sentences are passed on as they are. A clause is cut off only when the
    listener would wait otherwise, and a sentence at the end of all that is known
    when nothing more comes for 0.3 s.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = ""
        self._passed = ""
        self._unflushed = 0
        self._is_finished = False
        self._is_flushed = False
        self._fed_at = time.monotonic()
        self.num_chars = 0
        """Fed so far."""
        self.is_waiting = False
        """Whether the synthesizer has spoken all that it could."""
        self.is_starving = False
        """Whether the listener waits; set by the task before each step."""

    @property
    def is_finished(self) -> bool:
        """Whether all text is known."""
        return self._is_finished

    @property
    def num_held(self) -> int:
        """Characters that the synthesizer has not asked for."""
        return len(self._held)

    def feed(self, text: str) -> None:
        """Add text; an empty one asks for all that is known, finished or not."""
        with self._lock:
            self._is_flushed = not text
            self._held += text
            self.num_chars += len(text)
            self._fed_at = time.monotonic()
            self.is_waiting = False

    def finish(self) -> None:
        """Nothing follows."""
        with self._lock:
            self._is_finished = True
            self.is_waiting = False

    def flush_at(self, now: float, slack_s: float) -> float:
        """When a waiting text should be looked at again although nothing came.

        Args:
            now: By the monotonic clock.
            slack_s: Time until the listener runs out of speech.
        """
        with self._lock:
            times = [math.inf]
            if self._unflushed >= _SHORTEST_CLAUSE:
                times.append(max(now + slack_s, self._fed_at + _SETTLED_S))
            if (self._held or self._unflushed) and self._ends_in_stop():
                times.append(self._fed_at + _IDLE_S)
            return min(times)

    def __iter__(self) -> Iterator[str | None]:
        while True:
            with self._lock:
                piece = self._next()
                is_over = self._is_finished and not self._held and piece != ""
                if piece:
                    self._passed = (self._passed + piece)[-8:]
                self.is_waiting = piece is None and not is_over
            if piece is not None:
                yield piece
            if is_over:
                return
            if piece is None:
                yield None

    def _next(self) -> str | None:
        """More text, an empty piece to speak what was passed, or None."""
        held = self._held
        if self._is_finished:
            self._held = ""
            return held or None
        end = 0
        for match in _BOUNDARY.finditer(held):
            end = match.end()
        if end:
            self._held = held[end:]
            self._unflushed += end
            return held[:end]
        silent_s = time.monotonic() - self._fed_at
        if self._is_flushed or (
            silent_s >= _IDLE_S and (held or self._unflushed) and self._ends_in_stop()
        ):
            if held:
                self._held = ""
                self._unflushed += len(held)
                return held
            self._is_flushed = False
            self._unflushed = 0
            return ""
        if (
            self.is_starving
            and self._unflushed >= _SHORTEST_CLAUSE
            and silent_s >= _SETTLED_S
        ):
            self._unflushed = 0
            return ""
        return None

    def _ends_in_stop(self) -> bool:
        tail = (self._passed + self._held[-64:]).rstrip()
        return _STOP.search(tail) is not None
