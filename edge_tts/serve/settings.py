"""Owns BrokerSettings: the limits the broker keeps."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from edge_tts.options import RuntimeOptions
from edge_tts.serve.request import Priority

MIB = 1 << 20


def _one_thread() -> RuntimeOptions:
    return RuntimeOptions(num_threads=1)


@dataclass(frozen=True)
class BrokerSettings:
    """Checked by the configuration that makes it."""

    voice: str = "kathleen"
    """Speaks where a request names none."""
    preload: tuple[str, ...] = ()
    """Further voices opened at start."""
    lexicon: Path | None = None
    """Pronunciations of the daemon's user."""
    runtime: RuntimeOptions = field(default_factory=_one_thread)
    """One thread inside a network: the workers keep the processors busy."""
    num_workers: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    max_active: int = 16
    """Jobs that have a stream at once; each takes a few MB."""
    max_jobs: int = 128
    """Jobs at once, with a stream or waiting."""
    max_jobs_per_client: int = 64
    max_text_chars: int = 200_000
    max_wait_s: tuple[float, float, float] = (10.0, 30.0, 600.0)
    """Longest predicted wait at which a job is taken on, by priority."""
    max_ahead_s: float = 10.0
    """Speech made before the client has taken what is there."""
    stall_timeout_s: float = 120.0
    """A client that takes nothing for so long loses its job."""
    stuck_after_s: float = 60.0
    """A worker that makes one chunk for so long is stuck: the watchdog may bite."""
    voice_budget_nbytes: int = 1024 * MIB
    """Memory of voices; the one unused longest goes first."""
    cache_folder: Path | None = None
    """Of the phrase cache; None for no cache."""
    cache_nbytes: int = 256 * MIB
    cache_max_chars: int = 400
    """Longer texts are not remembered."""
    log_texts: bool = False
    """Whether the log says what is spoken."""

    def limit(self, priority: Priority) -> int:
        """Most jobs of this priority and those below it that may have a stream."""
        reserve = {Priority.INTERACTIVE: 0, Priority.NORMAL: 2, Priority.BATCH: 4}
        return max(1, self.max_active - min(reserve[priority], self.max_active // 2))
