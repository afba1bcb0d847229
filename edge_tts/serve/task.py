"""Owns Task: the worker's side of a job; one step makes one chunk."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

from edge_tts.audio import AudioChunk
from edge_tts.serve.live_text import LiveText
from edge_tts.serve.request import Priority

_STARVING_S = 0.25
"""Of speech not yet heard; below it a clause is spoken before its sentence is known."""


class Task:
    """A generator of chunks with what the scheduler must know about it.

    ``step`` is called by one worker at a time; the fields are the scheduler's, changed
    under its lock, unless their documentation says otherwise.

    Args:
        priority: Of the request.
        client: Key of fair sharing.
        open_chunks: Starts to speak; called by a worker.
        predicted_s: Worker seconds expected.
        live: Text that arrives in pieces; None when all is known.
    """

    def __init__(
        self,
        priority: Priority,
        client: str,
        open_chunks: Callable[[], Iterator[AudioChunk]],
        predicted_s: float,
        live: LiveText | None = None,
    ) -> None:
        self.priority = priority
        self.client = client
        self.live = live
        self.predicted_s = predicted_s
        self.number = 0
        """Running number, given by the scheduler."""
        self.is_started = False
        self.in_step = False
        self.is_closing = False
        """Wanted no more: the next worker only frees its stream."""
        self.submitted_at = time.monotonic()
        self.first_step_at: float | None = None
        self.first_audio_at: float | None = None
        self.last_turn_at = self.submitted_at
        self.made_s = 0.0
        """Audio made so far, s; written by the worker."""
        self.spent_s = 0.0
        """Worker seconds; written by the worker."""
        self.unread_s = 0.0
        """Audio that the client has not taken, s."""
        self.deliver: Callable[[AudioChunk], None] = _drop
        """Hands a chunk to the job; called by the worker."""
        self.finish: Callable[[BaseException | None], None] = _drop_end
        """Tells the job the end; called by the worker, once."""
        self._open_chunks = open_chunks
        self._chunks: Iterator[AudioChunk] | None = None

    @property
    def remaining_s(self) -> float:
        """Worker seconds that it still needs, predicted; never nothing."""
        return max(self.predicted_s - self.spent_s, 0.002)

    def lead_s(self, now: float) -> float:
        """How far the audio made is ahead of somebody who listens from the start, s."""
        if self.first_audio_at is None:
            return -math.inf
        return self.made_s - (now - self.first_audio_at)

    def runnable_at(self, now: float, max_ahead_s: float) -> float:
        """When a step makes sense: now or earlier, later, or never (inf)."""
        if self.is_closing:
            return now
        if self.unread_s >= max_ahead_s:
            return math.inf
        if self.live is not None and self.live.is_waiting:
            return self.live.flush_at(now, self.lead_s(now) - _STARVING_S)
        return now

    def step(self) -> AudioChunk | None:
        """Make the next chunk; None at the end. Chunks may be without samples."""
        started = time.monotonic()
        if self.first_step_at is None:
            self.first_step_at = started
        if self._chunks is None:
            self._chunks = self._open_chunks()
        if self.live is not None:
            self.live.is_starving = self.lead_s(started) <= _STARVING_S
        chunk = next(self._chunks, None)
        now = time.monotonic()
        self.spent_s += now - started
        if chunk is not None and chunk.num_samples:
            if self.first_audio_at is None:
                self.first_audio_at = now
            self.made_s += chunk.seconds
        return chunk

    def close(self) -> None:
        """Give the stream back; harmless when repeated."""
        chunks, self._chunks = self._chunks, None
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


def _drop(chunk: AudioChunk) -> None:
    pass


def _drop_end(error: BaseException | None) -> None:
    pass
