"""Owns EncodingThread: an encoder used from the event loop without holding it up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np
import numpy.typing as npt

from edge_tts.audio.byte_encoder import ByteEncoder, open_byte_encoder
from edge_tts.audio.format import AudioFormat


class EncodingThread:
    """Encodes in a thread of a pool; ``close`` it in any case.

    Args:
        executor: Shared by all.
        name: As ``open_byte_encoder`` takes it.
        format: Of the samples.
        sample_rate: Rate to encode, Hz; None for that of the samples.
    """

    def __init__(
        self,
        executor: Executor,
        name: str,
        format: AudioFormat,
        sample_rate: int | None,
    ) -> None:
        self._executor = executor
        self._arguments = (name, format, sample_rate)
        self._encoder: ByteEncoder | None = None
        # A cancelled task does not stop the thread that works for it.
        self._lock = threading.Lock()
        self._is_closed = False

    async def feed(self, samples: npt.NDArray[np.float32]) -> bytes:
        """Take samples, (n,); return the bytes that became ready.

        Raises:
            SinkError: The format cannot be had here.
        """
        return await self._run(lambda encoder: encoder.feed(samples))

    async def finish(self) -> bytes:
        """Return the rest."""
        return await self._run(lambda encoder: encoder.finish())

    def close(self) -> None:
        """Free the encoder as soon as no thread uses it."""
        try:
            self._executor.submit(self._close)
        except RuntimeError:
            # The door is closed and its pool gone.
            self._close()

    async def _run(self, work: Callable[[ByteEncoder], bytes]) -> bytes:
        def run() -> bytes:
            with self._lock:
                if self._is_closed:
                    return b""
                if self._encoder is None:
                    self._encoder = open_byte_encoder(*self._arguments)
                return work(self._encoder)

        return await asyncio.get_running_loop().run_in_executor(self._executor, run)

    def _close(self) -> None:
        with self._lock:
            self._is_closed = True
            if self._encoder is not None:
                self._encoder.close()
                self._encoder = None
