"""One client process of ``benchmarks.serve_load``; may be killed at any moment.

Writes a line of JSON per request to standard output: what came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import json
import random
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np

from edge_tts.client import wire
from edge_tts.errors import EdgeTTSError, NotReady, Overloaded

SENTENCES = Path(__file__).with_name("data") / "book_sentences.txt"
_MAX_PENDING = 150
_LOOPS = 12
_LONG = "The rain had stopped, and the street was quiet again for a while. " * 60
_BAD: list[dict[str, Any]] = [
    {"do": "speak", "text": 7},
    {"do": "speak", "text": "Hello.", "voice": "../../etc/passwd"},
    {"do": "speak", "text": "Hello.", "options": {"speed": 1e9}},
    {"do": "speak", "text": "…"},
    {"do": "speak", "text": "<speak><a></speak>", "ssml": True},
    {"do": "dance"},
    {"do": "speak", "text": "Hello.", "priority": "now"},
]
_BAD_FRAMES = (b"\xff" * 64, b"\x00\x00\x00\x04\x01{{{{", b"GET / HTTP/1.1\r\n\r\n")
_BAD_BODIES = ("{", "[]", '{"input": 3}', '{"input": "a", "voice": "../x"}', "")


class Wrong(Exception):
    """The daemon answered what it must not."""


def expected_speech() -> list[dict[str, Any]]:
    """Texts with options, and the digests of what this process makes of them."""
    from edge_tts.options import RuntimeOptions, SynthesisOptions
    from edge_tts.synthesizer import Synthesizer

    facts = []
    texts = SENTENCES.read_text(encoding="utf-8").split("\n")[:-1]
    ways = itertools.cycle(
        (("kathleen", 1.0), ("lj", 1.0), ("kathleen", 1.5), ("bdl", 0.8))
    )
    with Synthesizer(runtime=RuntimeOptions(num_threads=1)) as synthesizer:
        for text, (voice, speed) in zip(texts, ways, strict=False):
            options = SynthesisOptions(speed=speed)
            chunks = list(synthesizer.stream(text, options, voice=voice))
            samples = np.concatenate([chunk.samples for chunk in chunks])
            pcm = b"".join(chunk.pcm16() for chunk in chunks)
            facts.append(
                {
                    "text": text,
                    "voice": voice,
                    "speed": speed,
                    "float": hashlib.sha256(samples.tobytes()).hexdigest(),
                    "pcm": hashlib.sha256(pcm).hexdigest(),
                }
            )
    return facts


class _Client:
    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._random = random.Random(options["seed"])
        self._facts = json.loads(Path(options["facts"]).read_text())
        self._acts: list[tuple[int, Callable[[], Awaitable[str]]]] = [
            (40, self._speech),
            (8, self._pieces),
            (14, self._hang_up),
            (4, self._slow),
            (8, self._nonsense),
            (4, self._half),
            (4, self._status),
        ]
        if options["http"]:
            self._acts += [(14, self._http), (5, self._bad_http)]
        if options["wyoming"]:
            self._acts += [(10, self._wyoming)]

    async def run(self) -> None:
        rate = self._options["rate"]
        if not rate:
            await asyncio.gather(*(self._loop() for _ in range(_LOOPS)))
        pending: set[asyncio.Task[None]] = set()
        while True:
            await asyncio.sleep(self._random.expovariate(rate))
            if len(pending) < _MAX_PENDING:
                task = asyncio.ensure_future(self._act())
                pending.add(task)
                task.add_done_callback(pending.discard)

    async def _loop(self) -> None:
        """As fast as answers come: measures what the daemon can do."""
        while True:
            await self._report(self._speech)

    async def _act(self) -> None:
        weights = [weight for weight, _ in self._acts]
        _, act = self._random.choices(self._acts, weights)[0]
        await self._report(act)

    async def _report(self, act: Callable[[], Awaitable[str]]) -> None:
        detail = act.__name__
        try:
            outcome = await asyncio.wait_for(act(), 90.0)
        except Overloaded:
            outcome = "overloaded"
        except Wrong as error:
            outcome, detail = "wrong", f"{detail}: {error}"
        except asyncio.TimeoutError:
            outcome, detail = "unexpected", f"{detail}: no answer in 90 s"
        except Exception as error:
            outcome = "unexpected"
            detail = f"{detail}: {type(error).__name__}: {error}"
        sys.stdout.write(json.dumps([outcome, detail]) + "\n")
        sys.stdout.flush()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self._options["socket"])

    async def _answer(
        self, reader: asyncio.StreamReader
    ) -> tuple[dict[str, Any], bytes]:
        """The next frame: JSON, or samples."""
        length, kind = wire.HEADER.unpack(await reader.readexactly(5))
        payload = await reader.readexactly(length)
        if kind == wire.CHUNK:
            return {}, payload[12 + int.from_bytes(payload[8:12], "big") :]
        answer = json.loads(payload)
        if answer["reply"] == "error":
            raise wire.error_of(answer)
        return answer, b""

    def _request(self, fact: dict[str, Any]) -> dict[str, Any]:
        return {
            "protocol": wire.PROTOCOL,
            "do": "speak",
            "text": fact["text"],
            "voice": fact["voice"],
            "options": {"speed": fact["speed"]},
            "priority": self._random.choice(("interactive", "normal", "batch")),
        }

    async def _speech(self) -> str:
        fact = self._random.choice(self._facts)
        reader, writer = await self._connect()
        try:
            writer.write(wire.json_frame(self._request(fact)))
            await self._hear(reader, fact["float"])
        finally:
            writer.close()
        return "right"

    async def _hear(
        self, reader: asyncio.StreamReader, digest: str | None, pause_s: float = 0.0
    ) -> None:
        heard = hashlib.sha256()
        num_bytes = 0
        while True:
            answer, samples = await self._answer(reader)
            heard.update(samples)
            num_bytes += len(samples)
            if answer.get("reply") == "end":
                break
            await asyncio.sleep(pause_s)
        if digest is not None and heard.hexdigest() != digest:
            raise Wrong(f"{num_bytes} bytes, another digest")
        if not num_bytes:
            raise Wrong("silence")

    async def _pieces(self) -> str:
        fact = self._random.choice(self._facts)
        reader, writer = await self._connect()
        try:
            request = {**self._request(fact), "do": "open"}
            del request["text"]
            writer.write(wire.json_frame(request))
            for word in fact["text"].split(" "):
                writer.write(wire.json_frame({"do": "text", "text": word + " "}))
                await asyncio.sleep(self._random.random() * 0.02)
            writer.write(wire.json_frame({"do": "finish"}))
            await self._hear(reader, None)
        finally:
            writer.close()
        return "right"

    async def _hang_up(self) -> str:
        reader, writer = await self._connect()
        try:
            request = {**self._request(self._facts[0]), "text": _LONG}
            writer.write(wire.json_frame(request))
            for _ in range(self._random.randrange(8)):
                await self._answer(reader)
            if self._random.random() < 0.5:
                writer.write(wire.json_frame({"do": "cancel"}))
                await self._hear(reader, None)
        except Wrong:
            # Cancelled before the first sample.
            pass
        finally:
            if self._random.random() < 0.5:
                writer.transport.abort()
            writer.close()
        return "hung up"

    async def _slow(self) -> str:
        fact = self._random.choice(self._facts)
        reader, writer = await self._connect()
        try:
            writer.write(wire.json_frame(self._request(fact)))
            await self._hear(reader, fact["float"], 0.15)
        finally:
            writer.close()
        return "right"

    async def _nonsense(self) -> str:
        reader, writer = await self._connect()
        try:
            if self._random.random() < 0.3:
                writer.write(self._random.choice(_BAD_FRAMES))
            else:
                bad = {"protocol": wire.PROTOCOL, **self._random.choice(_BAD)}
                writer.write(wire.json_frame(bad))
            while True:
                await self._answer(reader)
        except (Overloaded, NotReady):
            raise
        except EdgeTTSError:
            return "refused"
        finally:
            writer.close()

    async def _half(self) -> str:
        _, writer = await self._connect()
        frame = wire.json_frame(self._request(self._facts[0]))
        writer.write(frame[: self._random.randrange(len(frame))])
        await asyncio.sleep(self._random.random() * 2.0)
        writer.close()
        return "hung up"

    async def _status(self) -> str:
        reader, writer = await self._connect()
        try:
            question = self._random.choice(("status", "voices", "hello"))
            message = {"protocol": wire.PROTOCOL, "do": question}
            writer.write(wire.json_frame(message))
            await self._answer(reader)
        finally:
            writer.close()
        return "asked"

    async def _http(self) -> str:
        fact = self._random.choice(self._facts)
        body = {
            "model": "edge-tts",
            "input": fact["text"],
            "voice": fact["voice"],
            "speed": fact["speed"],
            "response_format": "wav",
        }
        status, content = await self._post(json.dumps(body))
        if status == 429:
            raise Overloaded("HTTP", 1.0)
        if status != 200:
            raise OSError(f"HTTP status {status}: {content[:200]!r}")
        if hashlib.sha256(content[44:]).hexdigest() != fact["pcm"]:
            raise Wrong(f"{len(content)} bytes, another digest over HTTP")
        return "right"

    async def _bad_http(self) -> str:
        status, _ = await self._post(self._random.choice(_BAD_BODIES))
        if not 400 <= status < 500:
            raise OSError(f"HTTP status {status} for a bad body")
        return "refused"

    async def _post(self, body: str) -> tuple[int, bytes]:
        port = self._options["http"]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            data = body.encode()
            head = (
                f"POST /v1/audio/speech HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                "Content-Type: application/json\r\nConnection: close\r\n"
                f"Content-Length: {len(data)}\r\n\r\n"
            )
            writer.write(head.encode() + data)
            status = int((await reader.readline()).split()[1])
            chunked = False
            while line := (await reader.readline()).strip():
                chunked = chunked or line.lower() == b"transfer-encoding: chunked"
            if not chunked:
                return status, await reader.read()
            content = b""
            while size := int(await reader.readline(), 16):
                content += (await reader.readexactly(size + 2))[:-2]
            return status, content
        finally:
            writer.close()

    async def _wyoming(self) -> str:
        from wyoming.audio import AudioChunk, AudioStop
        from wyoming.client import AsyncTcpClient
        from wyoming.tts import Synthesize, SynthesizeVoice

        fact = self._random.choice([f for f in self._facts if f["speed"] == 1.0])
        voice = SynthesizeVoice(name=fact["voice"])
        heard = hashlib.sha256()
        async with AsyncTcpClient("127.0.0.1", self._options["wyoming"]) as client:
            request = Synthesize(text=fact["text"], voice=voice)
            await client.write_event(request.event())
            while True:
                event = await client.read_event()
                if event is None:
                    raise OSError("Wyoming hung up")
                if event.type == "error":
                    if "try again" in str(event.data):
                        raise Overloaded("Wyoming", 1.0)
                    raise OSError(f"Wyoming: {event.data}")
                if AudioStop.is_type(event.type):
                    break
                if AudioChunk.is_type(event.type):
                    heard.update(AudioChunk.from_event(event).audio)
        if heard.hexdigest() != fact["pcm"]:
            raise Wrong("another digest over Wyoming")
        return "right"


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(_Client(json.loads(sys.argv[1])).run())
