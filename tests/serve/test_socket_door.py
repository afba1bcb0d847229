"""The Unix socket: real clients, hostile clients, clients that vanish."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import struct
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_tts import AsyncClient, Client, Synthesizer
from edge_tts.client import wire
from edge_tts.errors import ConfigError, NotReady, Overloaded, PackError, TextError
from edge_tts.options import SynthesisOptions
from edge_tts.serve.unix_socket import SocketDoor, SocketSettings
from tests.serve.conftest import LONG, broker, run


@asynccontextmanager
async def door(path: Path, **changes: Any) -> AsyncIterator[SocketDoor]:
    settings = {key: changes.pop(key) for key in tuple(changes) if key in _OWN}
    async with broker(**changes) as opened:
        listening = SocketDoor(opened, SocketSettings(path=path, **settings))
        await listening.start()
        try:
            yield listening
        finally:
            await listening.stop()


_OWN = ("mode", "max_connections", "idle_timeout_s", "frame_timeout_s")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "daemon" / "socket"


def with_client(path: Path, use: Callable[[Client], None], **changes: Any) -> None:
    """Run blocking code beside a door."""

    async def test() -> None:
        async with door(path, **changes):
            await asyncio.to_thread(use, Client(path, timeout_s=30.0))

    run(test)


def test_speech_and_marks_equal_the_synthesizers(
    path: Path, reference: Synthesizer
) -> None:
    text, options = "Two birds sat there. A third came.", SynthesisOptions(speed=1.3)
    expected = list(reference.stream(text, options))

    def use(client: Client) -> None:
        with client.speak(text, "kathleen", options) as speech:
            found = list(speech)
        assert speech.format == reference.format
        for chunk, twin in zip(found, expected, strict=True):
            np.testing.assert_array_equal(chunk.samples, twin.samples)
            assert chunk.start_sample == twin.start_sample
            assert chunk.marks == twin.marks
        assert speech.report["outcome"] == "done"
        assert client.status()["state"] == "ready"
        assert "edge-en/kathleen" in [voice["name"] for voice in client.voices()]

    with_client(path, use)


def test_pieces_equal_the_whole(path: Path, reference: Synthesizer) -> None:
    text = "It was late. Nobody spoke for a while! Then, slowly, it began.\n"
    whole = np.concatenate([chunk.samples for chunk in reference.stream(text)])

    def pieces() -> Iterator[str]:
        for start in range(0, len(text), 7):
            yield text[start : start + 7]

    def use(client: Client) -> None:
        parts = [chunk.samples for chunk in client.speak(pieces())]
        # Clauses may be cut where the listener would wait: words, not samples.
        assert len(np.concatenate(parts)) == pytest.approx(len(whole), rel=0.15)

    with_client(path, use)


def test_errors_arrive_as_what_they_are(path: Path) -> None:
    def use(client: Client) -> None:
        with pytest.raises(PackError, match="nobody"):
            client.speak("Hello.", "nobody")
        with pytest.raises(TextError, match="nothing to speak"):
            list(client.speak("…"))
        with pytest.raises(ConfigError, match="priority"):
            client.speak("Hello.", priority="urgent")
        with (
            client.speak(LONG),
            client.speak(LONG),
            pytest.raises(Overloaded) as refused,
        ):
            client.speak("Hello.")
        assert refused.value.retry_after_s >= 1.0

    with_client(path, use, max_jobs=2)


def test_asyncio_client(path: Path, reference: Synthesizer) -> None:
    whole = np.concatenate([chunk.samples for chunk in reference.stream("Hello.")])

    async def test() -> None:
        async with door(path) as opened:
            client = AsyncClient(path)
            found = [chunk.samples async for chunk in client.speak("Hello.")]
            np.testing.assert_array_equal(np.concatenate(found), whole)
            async for _ in client.speak(LONG):
                break
            assert (await client.status())["state"] == "ready"
            await _until(lambda: opened.num_connections == 0)

    run(test)


def test_an_asyncio_client_that_is_cancelled_while_it_asks_hangs_up(
    path: Path,
) -> None:
    going_on = threading.Event()

    def words() -> Iterator[str]:
        yield "One "
        going_on.wait(30.0)

    async def test() -> None:
        path.parent.mkdir()
        heads: asyncio.Queue[asyncio.StreamReader] = asyncio.Queue()
        answer = asyncio.Event()

        async def accept(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.readexactly(wire.HEADER.size)
            heads.put_nowait(reader)
            await answer.wait()
            head = {"reply": "speech", "sample_rate": 22_050, "num_channels": 1}
            writer.write(wire.json_frame(head))

        async def listen() -> None:
            async for _ in AsyncClient(path).speak(words()):
                pass

        server = await asyncio.start_unix_server(accept, path)
        listening = asyncio.ensure_future(listen())
        reader = await heads.get()
        listening.cancel()
        await asyncio.wait({listening})
        answer.set()
        try:
            # Until the end of the connection, although the text goes on.
            await asyncio.wait_for(reader.read(), 10.0)
        finally:
            going_on.set()
        server.close()

    run(test)


def test_nobody_listens(path: Path) -> None:
    with pytest.raises(NotReady, match="edgetts serve"):
        Client(path).speak("Hello.")


def test_what_is_written_is_read_to_its_end_although_the_door_closes(
    path: Path,
) -> None:
    def read_all(client: socket.socket) -> bytes:
        data = b""
        while more := client.recv(1 << 16):
            data += more
        return data

    async def test() -> None:
        async with door(path) as opened:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
                # More than the system holds, less than that and the daemon's buffer.
                text = "The rain had stopped, and the street was quiet. It was late."
                client.sendall(
                    wire.json_frame({"protocol": 1, "do": "speak", "text": text})
                )
                while not opened._is_writing():
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.5)
                reading = asyncio.ensure_future(asyncio.to_thread(read_all, client))
                await opened.stop()
                data = await reading
        assert b'"reply":"end"' in data[-1000:]

    run(test)


def test_a_client_that_vanishes_frees_its_stream(path: Path) -> None:
    async def test() -> None:
        async with door(path) as opened:
            before = len(os.listdir("/proc/self/fd"))
            for _ in range(20):
                raw = await asyncio.to_thread(_connected, path)
                raw.sendall(wire.json_frame(_speak(LONG)))
                await asyncio.to_thread(raw.recv, 4096)
                raw.close()
            await _until(lambda: opened.num_connections == 0)
            status = opened._broker.status()
            await _until(lambda: not sum(opened._broker.status().active.values()))
            assert len(os.listdir("/proc/self/fd")) <= before
            assert status.state == "ready"

    run(test)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        struct.pack(">IB", 0xFFFFFFFF, 1),
        struct.pack(">IB", 4, 9) + b"abcd",
        struct.pack(">IB", 4, 1) + b"\xff\xff\xff\xff",
        struct.pack(">IB", 2, 1) + b"[]",
        wire.json_frame({"protocol": 99, "do": "speak", "text": "Hello."}),
        wire.json_frame({"protocol": 1, "do": "format"}),
        wire.json_frame({"protocol": 1, "do": ["speak"]}),
        wire.json_frame({"protocol": 1, "do": "speak", "text": 5}),
        wire.json_frame({"protocol": 1, "do": "speak", "shell": "id"}),
        wire.json_frame({"protocol": 1, "do": "speak", "options": {"speed": "9"}}),
        wire.json_frame({"protocol": 1, "do": "speak", "options": {"x": 1}}),
        wire.json_frame({"protocol": 1, "do": "speak", "deadline_s": -1}),
        wire.json_frame({"protocol": 1, "do": "speak", "text": "a", "voice": "../a"}),
        b'\x00\x00\x00\x2b\x01{"protocol":1,"do":"speak","text":"\\ud800 hey"}',
    ],
)
def test_hostile_frames_get_an_error_and_harm_nobody(path: Path, data: bytes) -> None:
    def use(client: Client) -> None:
        with _connected(path) as raw:
            raw.sendall(data)
            answer = _receive(raw)
        assert answer["reply"] in ("error", "speech"), answer
        assert sum(len(chunk.samples) for chunk in client.speak("Hello.")) > 0

    with_client(path, use)


def test_half_a_frame_is_not_waited_for(path: Path) -> None:
    def use(client: Client) -> None:
        with _connected(path) as raw:
            raw.sendall(b"\x00\x00")
            raw.settimeout(10.0)
            assert raw.recv(10) == b""

    with_client(path, use, frame_timeout_s=0.3)


def test_connections_are_bounded(path: Path) -> None:
    def use(client: Client) -> None:
        speeches = [client.speak(LONG) for _ in range(4)]
        with pytest.raises(Overloaded, match="connections"):
            client.status()
        for speech in speeches:
            speech.close()

    with_client(path, use, max_connections=4)


def test_silent_connections_keep_nobody_out(path: Path) -> None:
    def use(client: Client) -> None:
        with client.speak(LONG) as speech:
            next(chunks := iter(speech))
            held = [_connected(path) for _ in range(10)]
            # The one that speaks is not idle, however long it is there.
            assert client.status()["state"] == "ready"
            assert next(chunks)
        for raw in held:
            raw.close()

    with_client(path, use, max_connections=4)


def test_a_socket_for_others_lies_in_a_folder_they_can_enter(path: Path) -> None:
    async def test() -> None:
        async with door(path, mode="0660"):
            assert stat.S_IMODE(path.parent.stat().st_mode) & 0o057 == 0o050

    run(test)


def test_the_socket_is_private_and_replaces_a_dead_one(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    async def test() -> None:
        async with door(path) as opened:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            other = SocketDoor(opened._broker, SocketSettings(path=path))
            with pytest.raises(ConfigError, match="already listens"):
                await other.start()
        assert not path.exists()
        path.write_text("mine")
        with pytest.raises(ConfigError, match="no socket"):
            await other.start()
        assert path.read_text() == "mine"

    run(test)


def _speak(text: str) -> dict[str, Any]:
    return {"protocol": wire.PROTOCOL, "do": "speak", "text": text}


def _connected(path: Path) -> socket.socket:
    raw = socket.socket(socket.AF_UNIX)
    raw.settimeout(30.0)
    raw.connect(str(path))
    return raw


def _receive(raw: socket.socket) -> dict[str, Any]:
    data = b""
    while len(data) < 5 or len(data) < 5 + int.from_bytes(data[:4], "big"):
        more = raw.recv(4096)
        assert more, data
        data += more
    answer: dict[str, Any] = json.loads(data[5 : 5 + int.from_bytes(data[:4], "big")])
    return answer


async def _until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    for _ in range(int(timeout_s / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never became true")


def test_gaps_that_a_listener_heard_are_counted(path: Path) -> None:
    pytest.importorskip("prometheus_client", reason="the extra serve is not installed")
    from edge_tts.client.socket_connection import SocketConnection
    from edge_tts.serve.metrics import Metrics

    metrics = Metrics()

    def use() -> None:
        connection = SocketConnection(path, 30.0)
        connection.ask("played", underruns=2)
        shown = metrics.render().decode()
        assert "edgetts_underruns_total 2.0" in shown
        assert 'edgetts_connections{door="socket"} 1.0' in shown
        for wrong in (-1, True, "2", None, 10**9):
            with pytest.raises(ConfigError, match="underruns must be"):
                connection.ask("played", underruns=wrong)
        connection.close()

    async def test() -> None:
        async with broker() as opened:
            listening = SocketDoor(opened, SocketSettings(path=path), metrics=metrics)
            await listening.start()
            await asyncio.to_thread(use)
            await listening.stop()
        assert 'edgetts_connections{door="socket"} 0.0' in metrics.render().decode()

    run(test)
