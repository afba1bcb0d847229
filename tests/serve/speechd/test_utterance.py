"""Messages whose speaker fails: the server always hears of an end."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.client import wire
from edge_tts.options import SynthesisOptions
from edge_tts.serve.speechd.module_settings import ModuleSettings
from edge_tts.serve.speechd.protocol_writer import ProtocolWriter
from edge_tts.serve.speechd.speech_source import SpeechSource
from edge_tts.serve.speechd.utterance import Utterance


class FaultySource(SpeechSource):
    """Meets what nobody thought of."""

    @contextmanager
    def speech(
        self, ssml: str, voice: str, options: SynthesisOptions
    ) -> Iterator[Iterable[AudioChunk]]:
        raise RuntimeError("a secret of the user")
        yield ()


def spoken(source: SpeechSource) -> tuple[bytes, bool]:
    """What the server gets of one message, and whether it may send another."""
    stream, ended = io.BytesIO(), threading.Event()
    utterance = Utterance(
        source,
        ProtocolWriter(stream),
        "<speak>Hello.</speak>",
        "kathleen",
        SynthesisOptions(),
        ended.set,
    )
    utterance.start()
    utterance.join(30.0)
    return stream.getvalue(), ended.is_set()


def test_any_failure_ends_the_message(caplog: pytest.LogCaptureFixture) -> None:
    events, has_ended = spoken(FaultySource(ModuleSettings()))
    assert events == b"701 BEGIN\n703 STOP\n" and has_ended
    assert "RuntimeError" in caplog.text and "secret" not in caplog.text


def test_a_daemon_that_dies_in_mid_sentence_ends_the_message(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def die() -> None:
        client, _ = listener.accept()
        client.recv(1 << 16)
        head = {"reply": "speech", "sample_rate": 22_050, "num_channels": 1}
        chunk = AudioChunk(np.zeros(100, np.float32), AudioFormat(22_050), 0)
        client.sendall(wire.json_frame(head) + wire.chunk_frame(chunk))
        client.close()

    daemon = threading.Thread(target=die)
    daemon.start()
    with closing(listener):
        events, has_ended = spoken(SpeechSource(ModuleSettings(socket=str(path))))
    daemon.join(10.0)
    assert events.count(b"705 AUDIO") == 1
    assert events.endswith(b"703 STOP\n") and has_ended
