"""Owns ConnectionTable: who is connected, and who goes when it is full."""

from __future__ import annotations

import resource
from typing import Final, Protocol

_KEPT_BACK: Final = 128
"""Descriptors for everything else: voices, encoders, the cache, other doors."""


class Abortable(Protocol):
    """A connection."""

    def abort(self) -> None:
        """End it now."""
        ...


class ConnectionTable:
    """Counts connections; the one idle longest makes room for a new one.

    So a program that opens thousands and sends nothing keeps nobody else out.

    Args:
        limit: Most connections; fewer where the system allows fewer descriptors.
    """

    def __init__(self, limit: int) -> None:
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if most != resource.RLIM_INFINITY:
            # An answer may hold a pipe beside its connection.
            limit = min(limit, max(8, (most - _KEPT_BACK) // 2))
        self.limit = limit
        """Connections it admits."""
        self._idle: dict[Abortable, None] = {}
        self._busy: set[Abortable] = set()

    def __len__(self) -> int:
        return len(self._idle) + len(self._busy)

    @property
    def num_busy(self) -> int:
        """Those whose request is being answered."""
        return len(self._busy)

    def connections(self) -> list[Abortable]:
        """All of them, a snapshot."""
        return [*self._idle, *self._busy]

    def add(self, connection: Abortable) -> bool:
        """Take a new connection on, idle at first; False when all are at work."""
        if len(self) >= self.limit:
            if not self._idle:
                return False
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            oldest.abort()
        self._idle[connection] = None
        return True

    def mark_busy(self, connection: Abortable) -> None:
        """A request is being answered."""
        if connection in self._idle:
            del self._idle[connection]
            self._busy.add(connection)

    def mark_idle(self, connection: Abortable) -> None:
        """The answer is complete."""
        if connection in self._busy:
            self._busy.discard(connection)
            self._idle[connection] = None

    def remove(self, connection: Abortable) -> None:
        """It is gone; harmless when it was not there."""
        self._idle.pop(connection, None)
        self._busy.discard(connection)
