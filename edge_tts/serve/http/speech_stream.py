"""Owns SpeechStream: an answer that is spoken while it is sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from edge_tts.errors import EdgeTTSError, TextError
from edge_tts.serve.http.connection import Connection
from edge_tts.serve.job import SpeechJob

_LOG = logging.getLogger(__name__)


class SpeechStream(Response):
    """Sends pieces as they come; a client that leaves or stalls ends the job.

    The status is sent with the first piece, so that what goes wrong before still gets
    a status of its own. What goes wrong later breaks the connection off: a complete
    answer is complete speech.

    Args:
        job: Cancelled at the end, whatever happened.
        pieces: Bodies of the answer; closed at the end.
        media_type: Of the answer.
        headers: Further ones.
        stall_timeout_s: How long the client may read nothing.
    """

    def __init__(
        self,
        job: SpeechJob,
        pieces: AsyncIterator[bytes],
        media_type: str,
        headers: Mapping[str, str],
        stall_timeout_s: float,
    ) -> None:
        self._job = job
        self._pieces = pieces
        self._stall_timeout_s = stall_timeout_s
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers({"cache-control": "no-store", **headers})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        connection: Connection = scope["state"]["connection"]
        watcher = asyncio.ensure_future(self._watch(receive))
        has_started = False
        try:
            async for piece in self._pieces:
                if not has_started:
                    has_started = True
                    await send(self._start())
                await self._send(send, piece, True, connection)
            if self._is_gone(watcher):
                return
            if not has_started:
                await send(self._start())
            await self._send(send, b"", False, connection)
        except EdgeTTSError as error:
            if not has_started:
                raise
            # What is wrong with a text is told by quoting it: not for the log.
            reason = "unspeakable text" if isinstance(error, TextError) else error
            _LOG.warning("speech broken off: %s", reason)
            await connection.break_off()
        finally:
            watcher.cancel()
            self._job.cancel()
            close = getattr(self._pieces, "aclose", None)
            if close is not None:
                await close()

    def _start(self) -> dict[str, object]:
        return {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }

    async def _send(
        self, send: Send, piece: bytes, more: bool, connection: Connection
    ) -> None:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._stall_timeout_s, connection.abort)
        try:
            await send({"type": "http.response.body", "body": piece, "more_body": more})
        finally:
            timer.cancel()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._job.cancel()

    @staticmethod
    def _is_gone(watcher: asyncio.Future[None]) -> bool:
        return watcher.done()
