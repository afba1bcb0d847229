"""The official client, unmodified."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_tts import Synthesizer
from edge_tts.audio.byte_encoder import can_encode_aac
from tests.serve.http.conftest import SENTENCE

openai = pytest.importorskip("openai", reason="the openai package is not installed")


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def seconds() -> float:
    with Synthesizer() as synthesizer:
        return sum(chunk.seconds for chunk in synthesizer.stream(SENTENCE))


def test_saves_mp3_as_the_documentation_shows(
    client: openai.OpenAI, tmp_path: Path, seconds: float
) -> None:
    path = tmp_path / "speech.mp3"
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="coral", input=SENTENCE
    ) as response:
        assert response.headers["content-type"] == "audio/mpeg"
        assert response.headers["x-edge-tts-voice"] == "edge-en/lj"
        response.stream_to_file(path)
    samples, rate = soundfile.read(path)
    assert rate == 22050
    assert np.abs(samples).max() > 0.05
    assert len(samples) / rate > 0.8 * seconds


def test_wav_holds_what_the_voice_says(client: openai.OpenAI) -> None:
    answer = client.audio.speech.create(
        model="tts-1",
        voice="edge-en/kathleen",
        input=SENTENCE,
        response_format="wav",
        speed=1.2,
    )
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (22050, 2)
        pcm = file.readframes(file.getnframes())
    from edge_tts import SynthesisOptions

    with Synthesizer() as synthesizer:
        chunks = synthesizer.stream(SENTENCE, SynthesisOptions(speed=1.2))
        assert pcm == b"".join(chunk.pcm16() for chunk in chunks)


@pytest.mark.parametrize("name", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_every_format_arrives_whole(
    client: openai.OpenAI, name: str, seconds: float
) -> None:
    if name == "aac" and not can_encode_aac():
        pytest.skip("ffmpeg is not installed")
    data = client.audio.speech.create(
        model="tts-1", voice="kathleen", input=SENTENCE, response_format=name
    ).content
    if name == "pcm":
        # 24 kHz, 16 bit: what the clients of this API play.
        assert len(data) / 2 / 24000 == pytest.approx(seconds, abs=0.001)
    elif name in ("aac", "flac"):
        # libsndfile reads no FLAC that does not say how long it is.
        assert data[:2] == {"aac": b"\xff\xf1", "flac": b"fL"}[name]
        if shutil.which("ffmpeg"):
            assert _decoded_seconds(data) == pytest.approx(seconds, abs=0.1)
    else:
        samples, rate = soundfile.read(io.BytesIO(data))
        assert len(samples) / rate == pytest.approx(seconds, abs=0.1)
        assert np.abs(samples).max() > 0.05


def _decoded_seconds(data: bytes) -> float:
    decode = ["-v", "error", "-i", "pipe:0", "-f", "s16le", "-ar", "24000", "pipe:1"]
    run = subprocess.run(
        ["ffmpeg", *decode], input=data, capture_output=True, check=True
    )
    return len(run.stdout) / 2 / 24000


def test_first_bytes_come_long_before_the_last(client: openai.OpenAI) -> None:
    text = f"{SENTENCE} " * 60
    started = time.perf_counter()
    first = None
    nbytes = 0
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="kathleen", input=text, response_format="pcm"
    ) as response:
        for piece in response.iter_bytes(4096):
            if first is None:
                first = time.perf_counter() - started
            nbytes += len(piece)
    total = time.perf_counter() - started
    assert nbytes / 48000 > 100
    assert first is not None and first < total / 3


def test_events_carry_the_audio(client: openai.OpenAI) -> None:
    import base64
    import json

    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts",
        voice="alloy",
        input=SENTENCE,
        response_format="pcm",
        stream_format="sse",
    ) as response:
        lines = [line for line in response.iter_lines() if line]
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    *deltas, done = events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["input_tokens"] == len(SENTENCE)
    audio = b"".join(base64.b64decode(event["audio"]) for event in deltas)
    assert len(audio) > 24000


def test_errors_are_those_the_client_knows(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as bad:
        client.audio.speech.create(model="tts-1", voice="nobody", input=SENTENCE)
    assert bad.value.param == "voice"
    assert "kathleen" in str(bad.value)
    with pytest.raises(openai.NotFoundError) as missing:
        client.audio.speech.create(model="whisper-1", voice="alloy", input=SENTENCE)
    assert missing.value.code == "model_not_found"
    assert missing.value.request_id
    with pytest.raises(openai.UnprocessableEntityError):
        client.audio.speech.create(model="tts-1", voice="alloy", input="...")


def test_lists_models(client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert names[0] == "edge-tts" and "edge-en" in names
    assert client.models.retrieve("edge-en").owned_by == "edge-tts-runtime"
