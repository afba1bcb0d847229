"""``edge_tts.Client`` over the real HTTP door."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra serve is not installed")

from edge_tts import Client, SynthesisOptions, Synthesizer
from edge_tts.audio import pcm16_from_float
from edge_tts.errors import ConfigError, NotReady, Overloaded, PackError, TextError
from edge_tts.options import SamplingOptions
from edge_tts.serve.http import HttpDoor, HttpSettings
from tests.serve.conftest import LONG, broker, run

TOKEN = "0123456789abcdef"


def test_speech_errors_and_hanging_up(tmp_path: Path, reference: Synthesizer) -> None:
    text = "Two birds sat there."
    options = SynthesisOptions(speed=1.2)
    whole = np.concatenate([chunk.samples for chunk in reference.stream(text, options)])

    def use(client: Client, stranger: Client) -> None:
        with client.speak(text, "kathleen", options) as speech:
            heard = np.concatenate([chunk.samples for chunk in speech])
        assert speech.format == reference.format
        np.testing.assert_array_equal(pcm16_from_float(heard), pcm16_from_float(whole))
        assert "kathleen" in str(client.voices())
        assert client.status()
        client.to_file(iter(["Two ", "birds."]), tmp_path / "a.flac")
        assert (tmp_path / "a.flac").stat().st_size > 1000
        with pytest.raises(PackError):
            client.speak(text, "nobody")
        with pytest.raises(ConfigError, match="socket"):
            drawn = SynthesisOptions(sampling=SamplingOptions(temperature=0.5))
            client.speak(text, options=drawn)
        ssml = f"<speak>{text}</speak>"
        with client.speak(ssml, "kathleen", options, ssml=True) as speech:
            heard = np.concatenate([chunk.samples for chunk in speech])
        np.testing.assert_array_equal(pcm16_from_float(heard), pcm16_from_float(whole))
        louder = SynthesisOptions(volume=-20.0, pitch=2.0, pause_ms=10, seed=7)
        with client.speak(text, "kathleen", louder) as speech:
            quiet = np.concatenate([chunk.samples for chunk in speech])
        assert np.abs(quiet).max() < 0.3 * np.abs(heard).max()
        with pytest.raises(TextError):
            client.speak("<speak>never closed", ssml=True)
        with pytest.raises(ConfigError):
            stranger.speak(text)
        with client.speak(LONG * 15, "kathleen") as first:
            chunks = iter(first)
            next(chunks)
            with client.speak(LONG * 15, "kathleen"), pytest.raises(Overloaded):
                client.speak(text, "kathleen")

    async def test() -> None:
        async with broker(max_jobs=2, max_wait_s=(1e6, 1e6, 1e6)) as opened:
            door = HttpDoor(opened, HttpSettings(port=0, token=TOKEN))
            await door.start()
            host, port = door.addresses[0]
            url = f"http://{host}:{port}"
            await asyncio.to_thread(use, Client(url, token=TOKEN), Client(url))
            for _ in range(500):
                if not sum(opened.status().active.values()):
                    break
                await asyncio.sleep(0.02)
            assert not sum(opened.status().active.values())
            await door.stop()
        with pytest.raises(NotReady):
            Client(url, token=TOKEN).speak(text)

    run(test)


def test_addresses() -> None:
    for url in ("ftp://x", "http://", "http://:80", "http://x:port"):
        with pytest.raises(ConfigError, match="http://HOST:PORT"):
            Client(url).speak("Hello.")
