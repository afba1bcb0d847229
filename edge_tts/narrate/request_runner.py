"""Owns RequestRunner: what speaks sentences, be it processes here or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from edge_tts.narrate.worker_pool import IN_FLIGHT, Answer, Request


class RequestRunner(Protocol):
    """Answers requests of kind ``speak``; ``WorkerPool`` and ``ClusterPool`` do."""

    deaths: int
    """Workers that ended by themselves so far."""

    def run(
        self,
        requests: Iterable[Request],
        pause: Callable[[], None] = lambda: None,
        per_worker: int = IN_FLIGHT,
    ) -> Iterator[Answer]:
        """Yield an answer for every request, each once, in any order."""
        ...
