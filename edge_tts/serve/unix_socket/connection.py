"""Owns Connection: one client of the socket, from its first frame to its last."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

import edge_tts
from edge_tts.client import wire
from edge_tts.errors import ConfigError, EdgeTTSError, StreamStateError
from edge_tts.serve.broker import Broker
from edge_tts.serve.job import SpeechJob
from edge_tts.serve.unix_socket.request_fields import speech_request, text_of
from edge_tts.serve.unix_socket.settings import SocketSettings

_MAX_HELD_CHARS = 1 << 16
"""Of text that arrives faster than it is spoken."""
Answer = Callable[[], Awaitable[Mapping[str, Any]]]


class Connection:
    """Reads requests and writes speech until the client hangs up.

    Args:
        broker: Speaks.
        settings: Limits.
        reader: From the client.
        writer: To the client.
        peer: Key of fair sharing for clients that name none.
        answers: Questions by name, answered with one JSON object.
        on_underruns: Told how many gaps the listener of a client heard.
        on_busy: Told when speech begins and when it ends.
    """

    def __init__(
        self,
        broker: Broker,
        settings: SocketSettings,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        peer: str,
        answers: Mapping[str, Answer],
        on_underruns: Callable[[int], None] = lambda count: None,
        on_busy: Callable[[Connection, bool], None] = lambda connection, busy: None,
    ) -> None:
        self._broker = broker
        self._settings = settings
        self._reader = reader
        self._writer = writer
        self._peer = peer
        self._answers = answers
        self._on_underruns = on_underruns
        self._on_busy = on_busy

    async def serve(self) -> None:
        """Answer until the connection ends; errors of the client end only it."""
        reading: asyncio.Future[dict[str, Any]] | None = None
        try:
            while True:
                reading = reading or self._start_reading()
                message = await reading
                reading = None
                operation = message.get("do")
                try:
                    if message.get("protocol") != wire.PROTOCOL:
                        raise ConfigError(
                            f"this daemon speaks protocol {wire.PROTOCOL}, got "
                            f"{message.get('protocol')!r:.40}; update both"
                        )
                    if operation in ("speak", "open"):
                        self._on_busy(self, True)
                        try:
                            reading = await self._speak(message)
                        finally:
                            self._on_busy(self, False)
                    elif operation == "played":
                        self._on_underruns(_underruns_of(message))
                        await self._write({"reply": "played"})
                    elif isinstance(operation, str) and operation in self._answers:
                        await self._write(await self._answers[operation]())
                    else:
                        raise ConfigError(f"unknown operation {operation!r:.40}")
                except EdgeTTSError as error:
                    await self._write(wire.error_reply(error))
        except ConfigError as error:
            # The frame itself was wrong: nothing after it can be trusted.
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await self._write(wire.error_reply(error))
        except (OSError, EOFError, asyncio.TimeoutError):
            return
        finally:
            if reading is not None:
                reading.cancel()
                reading.add_done_callback(_forget)

    def abort(self) -> None:
        """Hang up now."""
        self._writer.transport.abort()

    async def _speak(
        self, message: Mapping[str, Any]
    ) -> asyncio.Future[dict[str, Any]] | None:
        """Speak and listen at once; returns a read that is under way."""
        request = speech_request(message, self._peer)
        if message["do"] == "speak":
            job = await self._broker.submit(request)
        else:
            job = await self._broker.open(request)
        sending = asyncio.ensure_future(self._send(job))
        reading: asyncio.Future[dict[str, Any]] | None = None
        try:
            while not sending.done():
                reading = reading or self._start_reading(idle_timeout_s=None)
                both: set[asyncio.Future[Any]] = {sending, reading}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if not reading.done():
                    continue
                if sending.done() and "protocol" in await reading:
                    # Already the next request.
                    break
                # Raises at the end of the connection: nobody listens any more.
                await self._obey(job, await reading)
                reading = None
                while job.num_held_chars > _MAX_HELD_CHARS and not sending.done():
                    # The client may send more when this is spoken.
                    await asyncio.wait({sending}, timeout=0.05)
            await sending
        except BaseException:
            job.cancel()
            sending.cancel()
            await asyncio.wait({sending})
            sending.exception() if not sending.cancelled() else None
            if reading is not None and not reading.done():
                reading.cancel()
                reading.add_done_callback(_forget)
            raise
        return reading

    async def _obey(self, job: SpeechJob, message: Mapping[str, Any]) -> None:
        """Do what a client asks in the middle of speech."""
        operation = message.get("do")
        if operation == "cancel":
            job.cancel()
        elif operation == "finish":
            await job.finish()
        elif operation == "text":
            # Text behind a cancel crosses it on the way: no mistake of the client.
            with contextlib.suppress(StreamStateError):
                await job.feed(text_of(message))
        else:
            raise ConfigError(
                f"expected text, finish or cancel while speaking, got {operation!r:.40}"
            )

    async def _send(self, job: SpeechJob) -> None:
        async with job:
            await self._write(
                {
                    "reply": "speech",
                    "protocol": wire.PROTOCOL,
                    "version": edge_tts.__version__,
                    "sample_rate": job.audio_format.sample_rate,
                    "num_channels": job.audio_format.num_channels,
                }
            )
            try:
                async for chunk in job:
                    await self._write_bytes(wire.chunk_frame(chunk))
                report = await job.ended()
            except EdgeTTSError as error:
                await self._write(wire.error_reply(error))
                return
            fields = asdict(report)
            fields["priority"] = report.priority.name.lower()
            await self._write({"reply": "end", "report": fields})

    def _start_reading(
        self, idle_timeout_s: float | None = -1.0
    ) -> asyncio.Future[dict[str, Any]]:
        if idle_timeout_s is not None:
            idle_timeout_s = self._settings.idle_timeout_s
        return asyncio.ensure_future(self._read(idle_timeout_s))

    async def _read(self, idle_timeout_s: float | None) -> dict[str, Any]:
        first = await asyncio.wait_for(self._reader.readexactly(1), idle_timeout_s)
        rest = self._read_rest(first)
        return await asyncio.wait_for(rest, self._settings.frame_timeout_s)

    async def _read_rest(self, first: bytes) -> dict[str, Any]:
        head = first + await self._reader.readexactly(wire.HEADER.size - 1)
        length, kind = wire.HEADER.unpack(head)
        if kind != wire.JSON or length > wire.MAX_REQUEST_NBYTES:
            raise ConfigError(
                f"expected a JSON frame of at most {wire.MAX_REQUEST_NBYTES} bytes, "
                f"got kind {kind} with {length}"
            )
        return wire.parse_json(await self._reader.readexactly(length))

    async def _write(self, message: Mapping[str, Any]) -> None:
        await self._write_bytes(wire.json_frame(message))

    async def _write_bytes(self, data: bytes) -> None:
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size():
            # A reader that takes nothing must not hold a stream for ever.
            limit_s = self._broker.settings.stall_timeout_s
            await asyncio.wait_for(self._writer.drain(), limit_s)


def _underruns_of(message: Mapping[str, Any]) -> int:
    count = message.get("underruns")
    if type(count) is not int or not 0 <= count <= 1_000_000:
        raise ConfigError(f"underruns must be 0 to 1000000, got {count!r:.40}")
    return count


def _forget(future: asyncio.Future[Any]) -> None:
    """Take the error of a read that nobody waits for."""
    if not future.cancelled():
        future.exception()
