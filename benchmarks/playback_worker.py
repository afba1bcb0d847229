"""The process that plays for ``benchmarks.playback``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from edge_tts import Synthesizer
from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.audio.speaker import SpeakerSink

_SENTENCES = Path(__file__).with_name("data") / "book_sentences.txt"
_RATE = 22_050
# What the target allows, the device's buffer included.
_PREBUFFER_SECONDS = 0.3


def speak(seconds: float, pcm_file: Path) -> None:
    """Play sentences for so long; print figures, write the samples that were made."""
    text = _SENTENCES.read_text(encoding="utf-8")
    sink = SpeakerSink(prebuffer_seconds=_PREBUFFER_SECONDS)
    spoken = 0.0
    with Synthesizer() as synthesizer, pcm_file.open("wb") as file:
        sink.open(synthesizer.format)
        while spoken < seconds:
            for chunk in synthesizer.stream(text):
                sink.write(chunk)
                file.write(chunk.pcm16())
                spoken += chunk.seconds
                if spoken >= seconds:
                    break
        sink.drain()
    figures = {
        "underruns": sink.underruns,
        "reopens": sink.reopens,
        "prebuffer_seconds": sink.reserve_seconds,
    }
    print(json.dumps(figures))


def cancel(count: int) -> None:
    """Play noise and cancel it; print each time the moment before the call."""
    rng = np.random.default_rng(3)
    format = AudioFormat(_RATE)
    noise = rng.uniform(-0.5, 0.5, 4 * _RATE).astype(np.float32)
    sink = SpeakerSink()
    for _ in range(count):
        sink.open(format)
        sink.write(AudioChunk(noise, format, 0))
        time.sleep(float(rng.uniform(0.4, 0.6)))
        cancelled_at = time.monotonic()
        sink.abort()
        print(cancelled_at, flush=True)
        time.sleep(0.5)


if __name__ == "__main__":
    if sys.argv[1] == "speak":
        speak(float(sys.argv[2]), Path(sys.argv[3]))
    else:
        cancel(int(sys.argv[2]))
