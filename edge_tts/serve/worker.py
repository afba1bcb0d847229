"""Owns Worker: a thread that makes chunks, one step of one job after the other."""

from __future__ import annotations

import logging
import threading
import time
import traceback

from edge_tts.errors import (
    BackendError,
    EdgeTTSError,
    StreamStateError,
    SynthesisFailed,
)
from edge_tts.serve.scheduler import Scheduler
from edge_tts.serve.task import Task

_LOG = logging.getLogger(__name__)


class Worker:
    """Runs until the scheduler is closed; survives whatever a step raises."""

    def __init__(self, scheduler: Scheduler, number: int) -> None:
        self._scheduler = scheduler
        self._beat_at = time.monotonic()
        self._thread = threading.Thread(
            target=self._run, name=f"edge-speaker-{number}", daemon=True
        )

    @property
    def silent_s(self) -> float:
        """Seconds since it last got on with its work; about 1 at most when idle."""
        return time.monotonic() - self._beat_at

    @property
    def is_alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait for the end after the scheduler was closed."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            task = self._scheduler.next(self._beat)
            if task is None:
                return
            self._advance(task)

    def _beat(self) -> None:
        self._beat_at = time.monotonic()

    def _advance(self, task: Task) -> None:
        before_s = task.spent_s
        try:
            chunk = None if task.is_closing else task.step()
        except EdgeTTSError as error:
            self._end(task, _as_failure(error))
            return
        except BaseException as error:
            # The message might quote the user's text, the places cannot.
            places = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("a worker met %s:\n%s", type(error).__name__, places.rstrip())
            failure = SynthesisFailed(
                f"speaking failed with {type(error).__name__}; see the daemon's log"
            )
            self._end(task, failure)
            return
        if chunk is None:
            self._end(task, None)
            return
        if chunk.num_samples or chunk.marks or chunk.index_marks:
            task.deliver(chunk)
        self._scheduler.stepped(task, task.spent_s - before_s, chunk.seconds)

    def _end(self, task: Task, error: BaseException | None) -> None:
        try:
            task.close()
        except Exception as failure:
            _LOG.error("a stream could not be reset: %s", type(failure).__name__)
        self._scheduler.remove(task)
        task.finish(error)


def _as_failure(error: EdgeTTSError) -> EdgeTTSError:
    """Tell the daemon's faults from those of the request."""
    if isinstance(error, (BackendError, StreamStateError)):
        _LOG.error("speaking failed: %s", error)
        return SynthesisFailed(str(error))
    return error
