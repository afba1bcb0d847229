"""The client of the `wyoming` package, used as Home Assistant uses it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient, AsyncTcpClient, AsyncUnixClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

from edge_tts import Synthesizer
from edge_tts.serve.wyoming import WyomingDoor, WyomingSettings
from tests.serve.conftest import run
from tests.serve.running_door import Daemon

SENTENCE = "The kettle is boiling, and breakfast is almost ready."
BDL = SynthesizeVoice(name="edge-en/bdl")


async def next_event(client: AsyncClient) -> Event:
    event = await asyncio.wait_for(client.read_event(), 30)
    assert event is not None, "the door hung up"
    return event


async def audio_until_stop(client: AsyncClient) -> bytes:
    """Read one answer: start, chunks, stop."""
    start = AudioStart.from_event(await next_event(client))
    pcm = b""
    while AudioChunk.is_type((event := await next_event(client)).type):
        chunk = AudioChunk.from_event(event)
        assert (chunk.rate, chunk.width, chunk.channels) == (
            *(start.rate, start.width),
            start.channels,
        )
        assert len(chunk.audio) % 2 == 0
        assert chunk.timestamp == len(pcm) // 2 * 1000 // chunk.rate
        pcm += chunk.audio
    assert AudioStop.is_type(event.type)
    return pcm


def test_tells_what_home_assistant_asks(address: tuple[str, int]) -> None:
    async def test() -> None:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(Describe().event())
            info = Info.from_event(await next_event(client))
            program = info.tts[0]
            assert program.installed and program.supports_synthesize_streaming
            voices = {voice.name: voice for voice in program.voices}
            assert voices["edge-en/kathleen"].languages == ["en-US"]
            assert voices["edge-en/kathleen"].installed
            await client.write_event(Ping(text="1").event())
            assert Pong.from_event(await next_event(client)).text == "1"

    run(test)


def test_speaks_what_the_voice_says(address: tuple[str, int]) -> None:
    async def test() -> None:
        async with AsyncTcpClient(*address) as client:
            # Twice: the connection stays usable.
            for _ in range(2):
                wanted = Synthesize(text=SENTENCE, voice=BDL)
                await client.write_event(wanted.event())
                found.append(await audio_until_stop(client))

    found: list[bytes] = []
    run(test)
    with Synthesizer("bdl") as synthesizer:
        pcm = b"".join(chunk.pcm16() for chunk in synthesizer.stream(SENTENCE))
    assert found == [pcm, pcm]


def test_text_in_pieces_is_spoken_as_it_completes(address: tuple[str, int]) -> None:
    async def test() -> None:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(SynthesizeStart(voice=BDL).event())
            for token in ("The first sen", "tence is", " here. ", "And the sec"):
                await client.write_event(SynthesizeChunk(text=token).event())
            assert AudioStart.is_type((await next_event(client)).type)
            # The second sentence is not there yet; the first is being heard.
            heard = AudioChunk.from_event(await next_event(client))
            assert heard.audio
            await client.write_event(SynthesizeChunk(text="ond follows.").event())
            # Home Assistant repeats the whole text for servers of old.
            await client.write_event(Synthesize(text="The whole text.").event())
            await client.write_event(SynthesizeStop().event())
            nbytes = len(heard.audio)
            while AudioChunk.is_type((event := await next_event(client)).type):
                nbytes += len(AudioChunk.from_event(event).audio)
            assert AudioStop.is_type(event.type)
            assert SynthesizeStopped.is_type((await next_event(client)).type)
            found.append(nbytes)
            await client.write_event(Describe().event())
            assert Info.is_type((await next_event(client)).type)

    found: list[int] = []
    run(test)
    text = "The first sentence is here. And the second follows."
    with Synthesizer("bdl") as synthesizer:
        whole = sum(chunk.num_samples for chunk in synthesizer.stream(text))
    assert found[0] == pytest.approx(2 * whole, rel=0.1)


def test_voices_are_found_by_language_and_speaker(address: tuple[str, int]) -> None:
    async def test() -> None:
        for voice in (
            SynthesizeVoice(language="en_US"),
            SynthesizeVoice(name="edge-en", speaker="lj"),
            SynthesizeVoice(name="slt"),
        ):
            async with AsyncTcpClient(*address) as client:
                await client.write_event(Synthesize("Yes.", voice=voice).event())
                assert len(await audio_until_stop(client)) > 8000

    run(test)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (Synthesize(text="...").event(), "TextError"),
        (Synthesize("x", SynthesizeVoice(name="nobody")).event(), "PackError"),
        (Synthesize("x", SynthesizeVoice(name="../../etc")).event(), "PackError"),
        (Synthesize("x", SynthesizeVoice(language="tlh")).event(), "PackError"),
        (Synthesize("<speak>", text_format="ssml").event(), "TextError"),
        (Synthesize("word " * 20_000).event(), "TextError"),
        (SynthesizeChunk("early").event(), "ProtocolError"),
        (SynthesizeStop().event(), "ProtocolError"),
        (Event("synthesize", {}), "ProtocolError"),
        (Event("synthesize", {"text": 5}), "ProtocolError"),
        (Event("synthesize", {"text": "x", "voice": [1]}), "ProtocolError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_told_and_the_client_let_go(
    address: tuple[str, int], event: Event, code: str
) -> None:
    async def test() -> None:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(event)
            error = Error.from_event(await next_event(client))
            assert error.code == code and "\n" not in error.text
            assert await asyncio.wait_for(client.read_event(), 30) is None

    run(test)


def test_nothing_to_speak_in_pieces_still_ends(address: tuple[str, int]) -> None:
    async def test() -> None:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(SynthesizeStart().event())
            await client.write_event(SynthesizeChunk(text="...").event())
            await client.write_event(SynthesizeStop().event())
            assert Error.is_type((await next_event(client)).type)
            assert SynthesizeStopped.is_type((await next_event(client)).type)

    run(test)


def test_a_client_that_leaves_ends_its_speech(
    daemon: Daemon, address: tuple[str, int]
) -> None:
    async def test() -> None:
        async with AsyncTcpClient(*address) as client:
            text = f"{SENTENCE} " * 200
            await client.write_event(Synthesize(text=text).event())
            await next_event(client)

    run(test)
    assert daemon.wait_until_idle()


def test_a_unix_socket_replaces_one_that_was_left(
    daemon: Daemon, tmp_path: Path
) -> None:
    path = tmp_path / "wyoming.sock"
    settings = WyomingSettings(uris=(f"unix://{path}",))

    async def test() -> None:
        async with AsyncUnixClient(path) as client:
            await client.write_event(Describe().event())
            assert Info.is_type((await next_event(client)).type)

    import socket

    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with daemon.door(lambda broker: WyomingDoor(broker, settings)):
        run(test)
    assert not path.exists()


def test_strangers_are_kept_out(daemon: Daemon) -> None:
    settings = WyomingSettings(
        uris=("tcp://127.0.0.1:0",), allowed_networks=("192.0.2.0/24",)
    )

    async def test() -> None:
        with pytest.raises(ConnectionError):
            async with AsyncTcpClient(*address) as client:
                await client.write_event(Describe().event())
                if await client.read_event() is None:
                    raise ConnectionResetError

    with daemon.door(lambda broker: WyomingDoor(broker, settings)) as door:
        address = door.addresses[0]
        run(test)


def test_standard_input_is_answered_to_its_end(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    request = (
        b'{"type": "describe"}\n{"type": "synthesize", "data": {"text": "Yes."}}\n'
    )
    command = "serve --http off --socket off --wyoming stdio://"
    run = subprocess.run(
        [sys.executable, "-m", "edge_tts", *command.split()],
        input=request,
        capture_output=True,
        env={**os.environ, "HOME": str(tmp_path)},
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.count(b'"audio-start"') == run.stdout.count(b'"audio-stop"') == 1
    assert b'"info"' in run.stdout and run.stdout.count(b'"audio-chunk"') > 3
