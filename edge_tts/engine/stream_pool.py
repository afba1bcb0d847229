"""Owns StreamPool: a bounded number of streams, opened when needed and used again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edge_tts.engine.open_stream import OpenedStream
from edge_tts.errors import StreamStateError


class StreamPool:
    """Streams of one voice for any number of threads.

    A stream is opened, with all its memory, when none is free and the bound is not
    reached; returning it resets its states and frees nothing.

    Args:
        open_one: Opens one more stream.
        max_streams: Most streams at once, at least 1.
        name: Of the voice, for messages.
    """

    def __init__(
        self, open_one: Callable[[], OpenedStream], max_streams: int, name: str
    ) -> None:
        assert max_streams >= 1
        self._open_one = open_one
        self._max_streams = max_streams
        self._name = name
        # Reentrant: the collector may return an abandoned stream at any place.
        self._changed = threading.Condition(threading.RLock())
        self._free: list[OpenedStream] = []
        self._num_open = 0
        self._closed = False

    @property
    def num_open(self) -> int:
        """Streams that hold memory, in use or free."""
        return self._num_open

    @contextmanager
    def lease(self, timeout: float) -> Iterator[OpenedStream]:
        """Lend a stream until the end of the ``with``, or until it is abandoned.

        Args:
            timeout: Seconds to wait for a stream while all are in use.

        Raises:
            StreamStateError: All are still in use, or the pool is closed.
            BackendError: A stream cannot be opened.
        """
        opened = self._acquire(timeout)
        try:
            yield opened
        finally:
            self._release(opened)

    def close(self) -> None:
        """Free all streams; those in use go when they are returned."""
        with self._changed:
            self._closed = True
            free, self._free = self._free, []
            self._num_open -= len(free)
            self._changed.notify_all()
        for opened in free:
            _close(opened)

    def _acquire(self, timeout: float) -> OpenedStream:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._free and not self._closed:
                if self._num_open < self._max_streams:
                    self._num_open += 1
                    return self._open()
                left = deadline - time.monotonic()
                if left <= 0.0:
                    raise StreamStateError(
                        f"voice {self._name}: all {self._max_streams} streams are in "
                        f"use and none came back within {timeout:g} s; finish or close "
                        "one, or open the voice with more (max_streams)"
                    )
                self._changed.wait(left)
            if self._closed:
                raise StreamStateError(
                    f"voice {self._name} is closed; open it again to speak"
                )
            # The one used last is the one whose memory is still in the caches.
            return self._free.pop()

    def _open(self) -> OpenedStream:
        try:
            return self._open_one()
        except BaseException:
            self._forget()
            raise

    def _release(self, opened: OpenedStream) -> None:
        try:
            if not self._closed:
                opened.stream.reset()
        except BaseException:
            self._forget()
            _close(opened)
            raise
        with self._changed:
            if not self._closed:
                self._free.append(opened)
                self._changed.notify()
                return
        self._forget()
        _close(opened)

    def _forget(self) -> None:
        with self._changed:
            self._num_open -= 1
            self._changed.notify()


def _close(opened: OpenedStream) -> None:
    for run in opened.runs:
        run.close()
