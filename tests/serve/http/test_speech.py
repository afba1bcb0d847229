"""What the API of OpenAI does not say, and we do."""

from __future__ import annotations

import base64
import shutil
import subprocess
import time

import httpx
import pytest

from tests.serve.http.conftest import SENTENCE, body
from tests.serve.running_door import Daemon


def test_curl_pipes_samples_to_a_player(url: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = (
        f"curl -sN {url}/v1/audio/speech -H 'Content-Type: application/json' "
        '-d \'{"model": "edge-tts", "input": "Hello from a pipe.", '
        '"response_format": "pcm"}\' | wc -c'
    )
    run = subprocess.run(command, shell=True, capture_output=True, timeout=60)
    assert int(run.stdout) > 24000


def test_words_lie_within_the_audio(client: httpx.Client) -> None:
    answer = client.post(
        "/v1/audio/speech/timestamps", json=body(response_format="wav")
    )
    found = answer.json()
    assert [word["word"] for word in found["words"]] == SENTENCE.split()
    times = [time for word in found["words"] for time in (word["start"], word["end"])]
    assert times == sorted(times) and times[-1] <= found["duration"]
    audio = base64.b64decode(found["audio"], validate=True)
    assert (len(audio) - 44) / 2 / found["sample_rate"] == pytest.approx(
        found["duration"], abs=1e-3
    )


@pytest.mark.parametrize(
    ("name", "start"), [("srt", "1\n00:00:00,"), ("vtt", "WEBVTT\n\n00:00:00.")]
)
def test_subtitles_are_text(client: httpx.Client, name: str, start: str) -> None:
    answer = client.post(
        "/v1/audio/speech/timestamps", json=body(timestamp_format=name)
    )
    assert answer.text.startswith(start)
    assert " ".join(answer.text.split()[-2:]) == "almost ready."


def test_what_has_no_effect_is_told(client: httpx.Client) -> None:
    more = {"lang_code": "en", "a\r\nb: c": 1, "\u00e9": 2}
    answer = client.post("/v1/audio/speech", json=body(instructions="Be kind.", **more))
    notice = answer.headers["x-edge-tts-notice"]
    names = ["lang_code", "abc", "(no name)", "instructions"]
    assert notice == "; ".join(f"ignored: {name}" for name in names)


def test_sample_rate_is_the_one_asked_for(client: httpx.Client) -> None:
    seconds = {
        rate: len(
            client.post(
                "/v1/audio/speech", json=body(response_format="pcm", sample_rate=rate)
            ).content
        )
        / 2
        / rate
        for rate in (8000, 48000)
    }
    assert seconds[8000] == pytest.approx(seconds[48000], abs=0.001)


def test_a_pack_is_a_model(client: httpx.Client) -> None:
    good = client.post("/v1/audio/speech", json=body(model="edge-en", voice="bdl"))
    assert good.headers["x-edge-tts-voice"] == "edge-en/bdl"
    alone = client.post(
        "/v1/audio/speech", json={"model": "edge-en", "input": "Short."}
    )
    assert alone.status_code == 200
    assert alone.headers["x-edge-tts-voice"] == "edge-en/kathleen"


def test_ssml_is_understood(client: httpx.Client) -> None:
    text = '<speak>One <break time="1500ms"/> two.</speak>'
    spoken = body(input=text, ssml=True, response_format="pcm")
    with_break = client.post("/v1/audio/speech", json=spoken)
    without = client.post(
        "/v1/audio/speech", json=body(input="One two.", response_format="pcm")
    )
    assert len(with_break.content) - len(without.content) > 48000
    wrong = client.post("/v1/audio/speech", json=body(input="<speak>", ssml=True))
    assert wrong.status_code == 422


def test_voices_and_status(client: httpx.Client) -> None:
    voices = client.get("/v1/audio/voices").json()["voices"]
    assert {"id", "name", "language"} <= voices[0].keys()
    assert "edge-en/kathleen" in [voice["id"] for voice in voices]
    assert client.get("/v1/status").json()["state"] == "ready"
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


def test_a_client_that_leaves_ends_its_speech(
    client: httpx.Client, daemon: Daemon
) -> None:
    text = f"{SENTENCE} " * 400
    for name in ("pcm", "mp3", "flac"):
        with client.stream(
            "POST", "/v1/audio/speech", json=body(input=text, response_format=name)
        ) as answer:
            next(answer.iter_bytes(1024))
        started = time.monotonic()
        assert daemon.wait_until_idle()
        assert time.monotonic() - started < 5.0


def test_text_that_breaks_speech_off_is_not_logged(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    text = f"{SENTENCE} The word is [[QX Q9]]."
    with (
        pytest.raises(httpx.RemoteProtocolError),
        client.stream(
            "POST", "/v1/audio/speech", json=body(input=text, response_format="pcm")
        ) as answer,
    ):
        assert answer.status_code == 200
        for _ in answer.iter_raw():
            pass
    assert "speech broken off" in caplog.text
    assert "QX" not in caplog.text
