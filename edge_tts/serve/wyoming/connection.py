"""Owns Connection: one Wyoming client, and what it has spoken."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_write_event
from wyoming.info import Describe
from wyoming.ping import Ping, Pong
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

from edge_tts.errors import EdgeTTSError, SynthesisFailed, TextError
from edge_tts.serve.broker import Broker
from edge_tts.serve.job import SpeechJob
from edge_tts.serve.request import Priority, SpeechRequest
from edge_tts.serve.voice_names import VoiceNames
from edge_tts.serve.wyoming.event_reader import EventReader, ProtocolError
from edge_tts.serve.wyoming.settings import WyomingSettings
from edge_tts.serve.wyoming.voice_info import describe, voice_meant

_LOG = logging.getLogger(__name__)
_EVENT_SAMPLES: Final = 2048
_WIDTH: Final = 2
_QUEUED_EVENTS: Final = 32
_NOT_EVENTS: Final = (KeyError, TypeError, AttributeError, ValueError)


class Connection:
    """Answers the events of one client, in order.

    Args:
        broker: Speaks.
        names: Of voices.
        settings: Limits.
        reader: From the client.
        writer: To the client.
        client: Key of fair sharing.
        has_hung_up_at_end: Whether a client that sends no more is gone. On standard
            input it is not: its answers are still wanted.
        on_busy: Told when speech begins and when it ends.
        on_answer: Told of every event that was answered, and why one was refused.
    """

    def __init__(
        self,
        broker: Broker,
        names: VoiceNames,
        settings: WyomingSettings,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        client: str,
        *,
        has_hung_up_at_end: bool = True,
        on_busy: Callable[[Connection, bool], None] = lambda connection, busy: None,
        on_answer: Callable[[EdgeTTSError | None], None] = lambda error: None,
    ) -> None:
        self._broker = broker
        self._names = names
        self._settings = settings
        self._reader = EventReader(
            reader, settings.max_event_nbytes, settings.event_timeout_s
        )
        self._writer = writer
        self._client = client
        self._has_hung_up_at_end = has_hung_up_at_end
        self._events: asyncio.Queue[Event | ProtocolError | None]
        self._events = asyncio.Queue(_QUEUED_EVENTS)
        self._job: SpeechJob | None = None
        self._sending: asyncio.Task[None] | None = None
        self._num_chars = 0
        self._on_busy = on_busy
        self._on_answer = on_answer

    async def run(self) -> None:
        """Serve the client until it leaves or does what it must not."""
        answering = asyncio.ensure_future(self._answer_events())
        reading = asyncio.ensure_future(self._read_events())
        try:
            await asyncio.wait(
                {answering, reading}, return_when=asyncio.FIRST_COMPLETED
            )
            if not answering.done() and not self._has_hung_up_at_end:
                await asyncio.wait({answering})
            if answering.done():
                await answering
        except (ConnectionError, TimeoutError):
            _LOG.debug("a client left in mid-answer")
        finally:
            for task in (reading, answering, self._sending):
                if task is not None:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError, Exception):
                        await task
            self._drop_job()

    def abort(self) -> None:
        """Hang up now."""
        self._writer.transport.abort()

    async def _read_events(self) -> None:
        while True:
            event: Event | ProtocolError | None
            try:
                event = await self._reader.read()
            except ProtocolError as error:
                event = error
            except ConnectionError:
                event = None
            if event is None and self._has_hung_up_at_end:
                return
            await self._events.put(event)
            if not isinstance(event, Event):
                # The answering side says goodbye.
                await asyncio.Event().wait()

    async def _answer_events(self) -> None:
        while True:
            try:
                event = await self._next_event()
            except EdgeTTSError as error:
                await self._refuse(error)
                return
            if event is None:
                return
            try:
                if isinstance(event, ProtocolError):
                    raise event
                await self._answer(event)
                self._on_answer(None)
            except EdgeTTSError as error:
                await self._refuse(error)
                return
            except _NOT_EVENTS as error:
                _LOG.debug("not a usable event: %r", error)
                await self._refuse(ProtocolError("the event lacks what it must have"))
                return

    async def _next_event(self) -> Event | ProtocolError | None:
        """Wait for the client, and for what goes wrong while it is silent."""
        getting = asyncio.ensure_future(self._events.get())
        sending = self._sending
        # Between requests only: whoever is being spoken to may be silent.
        timeout_s = None if self._job else self._settings.idle_timeout_s
        waited_for: set[asyncio.Future[Any]] = {getting}
        if sending is not None:
            waited_for.add(sending)
        try:
            await asyncio.wait(
                waited_for,
                timeout=timeout_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if getting.done():
                return getting.result()
            if sending is not None and sending.done():
                # Before its text was finished: it failed, or was cancelled.
                sending.result()
            return None
        finally:
            getting.cancel()

    async def _answer(self, event: Event) -> None:
        if not isinstance(event.data.get("voice", {}), dict):
            raise ProtocolError("the voice of an event is no JSON object")
        if Describe.is_type(event.type):
            await self._write(describe(await self._names.list()).event())
        elif Ping.is_type(event.type):
            await self._write(Pong(text=Ping.from_event(event).text).event())
        elif SynthesizeStart.is_type(event.type):
            await self._start(SynthesizeStart.from_event(event))
        elif SynthesizeChunk.is_type(event.type):
            await self._feed(_text_of(event))
        elif SynthesizeStop.is_type(event.type):
            await self._finish()
        elif Synthesize.is_type(event.type) and self._job is None:
            # Within start and stop it repeats the text for servers of old.
            await self._speak(Synthesize.from_event(event), _text_of(event))

    async def _speak(self, wanted: Synthesize, text: str) -> None:
        self._count(text)
        is_ssml = (
            str(getattr(wanted.text_format, "value", wanted.text_format)) == "ssml"
        )
        request = await self._request(wanted.voice, text, is_ssml)
        self._job = await self._broker.submit(request)
        await self._send_speech(self._job)
        self._drop_job()

    async def _start(self, wanted: SynthesizeStart) -> None:
        if self._job is not None:
            raise ProtocolError("synthesize-start came before synthesize-stop")
        request = await self._request(wanted.voice, "", False)
        self._job = await self._broker.open(request)
        self._sending = asyncio.ensure_future(self._send_speech(self._job))

    async def _feed(self, text: str) -> None:
        if self._job is None:
            raise ProtocolError("synthesize-chunk came before synthesize-start")
        self._count(text)
        await self._job.feed(text)

    async def _finish(self) -> None:
        if self._job is None or self._sending is None:
            raise ProtocolError("synthesize-stop came before synthesize-start")
        await self._job.finish()
        await self._sending
        self._drop_job()
        await self._write(SynthesizeStopped().event())

    async def _request(
        self, voice: SynthesizeVoice | None, text: str, is_ssml: bool
    ) -> SpeechRequest:
        return SpeechRequest(
            text=text,
            voice=await voice_meant(voice, self._names),
            ssml=is_ssml,
            priority=Priority.INTERACTIVE,
            client=self._client,
        )

    def _count(self, text: str) -> None:
        self._num_chars += len(text)
        if self._num_chars > self._settings.max_text_chars:
            raise TextError(
                f"the text has more than {self._settings.max_text_chars} characters"
            )

    async def _send_speech(self, job: SpeechJob) -> None:
        format = job.audio_format
        shape = {"rate": format.sample_rate, "width": _WIDTH, "channels": 1}
        self._on_busy(self, True)
        try:
            await job.started()
            await self._write(AudioStart(**shape, timestamp=0).event())
            async for chunk in job:
                pcm = chunk.pcm16()
                for start in range(0, chunk.num_samples, _EVENT_SAMPLES):
                    samples = pcm[_WIDTH * start : _WIDTH * (start + _EVENT_SAMPLES)]
                    at_ms = (chunk.start_sample + start) * 1000 // format.sample_rate
                    event = AudioChunk(**shape, audio=samples, timestamp=at_ms).event()
                    await self._write(event)
            await self._write(AudioStop().event())
        finally:
            self._on_busy(self, False)

    async def _refuse(self, error: EdgeTTSError) -> None:
        """Say why and end: clients wait for audio or for the end."""
        self._on_answer(error)
        if isinstance(error, SynthesisFailed):
            _LOG.error("speaking failed: %s", error)
            message = "speaking failed; the log of the daemon has the reason"
        else:
            message = " ".join(str(error).split())
        is_live = self._sending is not None
        self._drop_job()
        await self._write(Error(text=message, code=type(error).__name__).event())
        if is_live:
            await self._write(SynthesizeStopped().event())

    async def _write(self, event: Event) -> None:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._settings.stall_timeout_s, self.abort)
        try:
            await async_write_event(event, self._writer)
        finally:
            timer.cancel()

    def _drop_job(self) -> None:
        if self._job is not None:
            self._job.cancel()
        if self._sending is not None and not self._sending.done():
            self._sending.cancel()
        self._job = self._sending = None
        self._num_chars = 0


def _text_of(event: Event) -> str:
    text = event.data["text"]
    if not isinstance(text, str):
        raise TypeError("text is no string")
    text.encode()
    return text
