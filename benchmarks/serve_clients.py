"""The leanest client of each door: times the first samples, counts the others."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.daemon_process import DaemonProcess
from edge_tts.client import wire

_SAMPLE_RATE = 22_050


@dataclass(frozen=True)
class Spoken:
    """One request, answered."""

    first_audio_s: float
    audio_s: float


Speak = Callable[[str, str], Awaitable[Spoken]]
"""Text and priority to figures."""


def doors(daemon: DaemonProcess) -> dict[str, Speak]:
    """The doors that are open, each with its client."""
    found: dict[str, Speak] = {"socket": partial(speak_socket, daemon)}
    if daemon.http_port is not None:
        found["http"] = partial(speak_http, daemon)
    if daemon.wyoming_port is not None:
        found["wyoming"] = partial(speak_wyoming, daemon)
    return found


async def speak_socket(daemon: DaemonProcess, text: str, priority: str) -> Spoken:
    """Over the Unix socket, a connection per request."""
    reader, writer = await asyncio.open_unix_connection(str(daemon.socket_path))
    try:
        request = {"protocol": wire.PROTOCOL, "do": "speak", "text": text}
        writer.write(wire.json_frame({**request, "priority": priority}))
        started = time.perf_counter()
        first: float | None = None
        num_samples = rate = 0
        while True:
            length, kind = wire.HEADER.unpack(await reader.readexactly(5))
            payload = await reader.readexactly(length)
            if kind == wire.JSON:
                answer = json.loads(payload)
                if answer["reply"] == "error":
                    raise wire.error_of(answer)
                if answer["reply"] == "end":
                    break
                rate = answer["sample_rate"]
                continue
            marks_nbytes = int.from_bytes(payload[8:12], "big")
            num_samples += (length - 12 - marks_nbytes) // 4
            if first is None and num_samples:
                first = time.perf_counter() - started
        assert first is not None
        return Spoken(first, num_samples / rate)
    finally:
        writer.close()


async def speak_http(daemon: DaemonProcess, text: str, priority: str) -> Spoken:
    """Over HTTP as the OpenAI package does, a connection per request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", daemon.http_port)
    try:
        body = json.dumps(
            {
                "model": "edge-tts",
                "input": text,
                "voice": "kathleen",
                "response_format": "wav",
            }
        ).encode()
        head = (
            f"POST /v1/audio/speech HTTP/1.1\r\nHost: 127.0.0.1:{daemon.http_port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        started = time.perf_counter()
        status = await reader.readline()
        if b" 200 " not in status:
            raise OSError(f"HTTP said {status!r}")
        while (await reader.readline()).strip():
            pass
        num_bytes = 0
        first: float | None = None
        while True:
            size = int((await reader.readline()).split(b";")[0], 16)
            await reader.readexactly(size + 2)
            if not size:
                break
            num_bytes += size
            # The header alone is no sound.
            if first is None and num_bytes > 44:
                first = time.perf_counter() - started
        assert first is not None
        return Spoken(first, (num_bytes - 44) / 2 / _SAMPLE_RATE)
    finally:
        writer.close()


async def speak_wyoming(daemon: DaemonProcess, text: str, priority: str) -> Spoken:
    """Over Wyoming as Home Assistant does, a connection per request."""
    from wyoming.audio import AudioChunk, AudioStop
    from wyoming.client import AsyncTcpClient
    from wyoming.tts import Synthesize

    assert daemon.wyoming_port is not None
    async with AsyncTcpClient("127.0.0.1", daemon.wyoming_port) as client:
        started = time.perf_counter()
        await client.write_event(Synthesize(text=text).event())
        first: float | None = None
        audio_s = 0.0
        while True:
            event = await client.read_event()
            if event is None or event.type == "error":
                raise OSError(f"Wyoming answered {event}")
            if AudioStop.is_type(event.type):
                break
            if AudioChunk.is_type(event.type):
                if first is None:
                    first = time.perf_counter() - started
                audio_s += AudioChunk.from_event(event).seconds
        assert first is not None
        return Spoken(first, audio_s)
