"""Owns WriteBehind: encodes in a thread of its own while the next block is made."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_BLOCKS: Final = 4
"""Blocks on their way: memory stays bounded."""


class WriteBehind:
    """Hands blocks to a function in order; limiter and encoder then overlap.

    Encoders of libsndfile and pipes leave Python alone while they work.

    Args:
        write: Called with one block at a time, never by two threads.
    """

    def __init__(self, write: Callable[[NDArray[np.float32]], None]) -> None:
        self._write = write
        self._error: BaseException | None = None
        self._blocks: queue.Queue[NDArray[np.float32] | None] = queue.Queue(MAX_BLOCKS)
        self._thread: threading.Thread | None = threading.Thread(
            target=self._run, name="edgetts-encode", daemon=True
        )
        self._thread.start()

    def write(self, block: NDArray[np.float32]) -> None:
        """Take a block; it must not be changed any more.

        Raises:
            OSError, EdgeTTSError: What an earlier block raised.
        """
        self._check()
        self._blocks.put(block)

    def finish(self) -> None:
        """Return when everything is written; raises as ``write`` does."""
        self.close()
        self._check()

    def close(self) -> None:
        """End the thread; harmless when called twice."""
        if self._thread is not None:
            self._blocks.put(None)
            self._thread.join()
            self._thread = None

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (block := self._blocks.get()) is not None:
            if self._error is None:
                try:
                    self._write(block)
                except BaseException as error:
                    # Later blocks are taken and dropped, so that nobody waits for room.
                    self._error = error
