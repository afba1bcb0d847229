"""Playback through the real PortAudio into a null sink, recorded there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

from benchmarks.sound_server import (
    SAMPLE_RATE,
    PipeWireServer,
    Recording,
    SoundServer,
)
from tests.audio.heard import is_heard_whole

# Reads commands from standard input, one a line, while it plays.
PROGRAM = """
import json, sys, threading, time
import numpy as np
from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.audio.speaker import SpeakerSink
from edge_tts.errors import SinkError
signal = np.load(sys.argv[1])
sink = SpeakerSink(**json.loads(sys.argv[2]))
sink.open(AudioFormat(22050))
times = {}
def obey():
    for line in sys.stdin:
        name = line.strip()
        times[name] = time.monotonic()
        getattr(sink, name)()
threading.Thread(target=obey, daemon=True).start()
size, start, error = 1024, 0, None
try:
    while start < len(signal) and "abort" not in times:
        part = signal[start:start + size]
        time.sleep(0.2 * len(part) / 22050)
        sink.write(AudioChunk(part, AudioFormat(22050), start))
        start, size = start + size, min(2 * size, 12288)
    sink.drain()
except SinkError as failure:
    error = str(failure)
print(json.dumps([sink.underruns, sink.reopens, error, times]))
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SoundServer]:
    try:
        with SoundServer(tmp_path) as server:
            yield server
    except (FileNotFoundError, TimeoutError) as error:
        pytest.skip(str(error))


class Player:
    """A process that plays ``samples`` and obeys."""

    def __init__(
        self, server: SoundServer, folder: Path, samples: np.ndarray, **options: Any
    ) -> None:
        np.save(folder / "signal.npy", samples)
        command = [sys.executable, "-c", PROGRAM, str(folder / "signal.npy")]
        self._process = subprocess.Popen(
            [*command, json.dumps(options)],
            env=server.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tell(self, command: str) -> None:
        pipe: IO[str] | None = self._process.stdin
        assert pipe is not None
        pipe.write(command + "\n")
        pipe.flush()

    def finish(self) -> tuple[int, int, str | None, dict[str, float]]:
        """Underruns, reopened devices, the error, times of the commands."""
        out, errors = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, errors
        underruns, reopens, error, times = json.loads(out)
        return underruns, reopens, error, times


def noise(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.integers(1, 9_000, int(seconds * SAMPLE_RATE)).astype(np.int16)


def as_float(pcm: np.ndarray) -> np.ndarray:
    return (pcm / 32768).astype(np.float32)


def test_every_sample_is_heard_in_time(server: SoundServer, tmp_path: Path) -> None:
    pcm = noise(1.5)
    recording = Recording(server)
    underruns, reopens, error, _ = Player(server, tmp_path, as_float(pcm)).finish()
    time.sleep(0.3)
    assert (underruns, reopens, error) == (0, 0, None)
    assert is_heard_whole(recording.stop(), pcm)


def test_cancel_is_silent_at_once(server: SoundServer, tmp_path: Path) -> None:
    recording = Recording(server)
    player = Player(server, tmp_path, np.full(10 * SAMPLE_RATE, 0.5, np.float32))
    recording.wait_for_sound()
    time.sleep(0.5)
    player.tell("abort")
    _, _, _, times = player.finish()
    time.sleep(0.5)
    assert recording.last_sound_at is not None
    latency = recording.last_sound_at - times["abort"]
    recording.stop()
    # About 2 ms on a quiet machine (benchmarks.playback); the device holds 200 ms.
    assert latency < 0.1


def test_pause_is_silent_and_loses_nothing(server: SoundServer, tmp_path: Path) -> None:
    # Every sample tells its position.
    ramp = np.arange(1, 3 * SAMPLE_RATE + 1) // 4 + 1
    recording = Recording(server)
    player = Player(server, tmp_path, as_float(ramp))
    recording.wait_for_sound()
    time.sleep(0.7)
    player.tell("pause")
    time.sleep(0.3)
    paused_at = recording.last_sound_at
    num_before = np.count_nonzero(recording.samples)
    time.sleep(0.5)
    assert recording.last_sound_at == paused_at
    player.tell("resume")
    underruns, _, error, _ = player.finish()
    time.sleep(0.3)
    heard = recording.stop()
    assert error is None and underruns == 0
    assert 0.2 * SAMPLE_RATE < num_before < 2.9 * SAMPLE_RATE
    assert set(np.unique(ramp)) <= set(np.unique(heard))
    # What was heard twice is the error of the estimate, not the device's buffer.
    assert np.count_nonzero(heard) - len(ramp) < 0.06 * SAMPLE_RATE


def test_speech_goes_on_when_the_server_comes_back(
    server: SoundServer, tmp_path: Path
) -> None:
    ramp = np.arange(1, 3 * SAMPLE_RATE + 1) // 4 + 1
    first = Recording(server)
    player = Player(server, tmp_path, as_float(ramp))
    first.wait_for_sound()
    time.sleep(0.5)
    server.kill()
    before = first.stop()
    server.start()
    time.sleep(0.3)
    second = Recording(server)
    _, reopens, error, _ = player.finish()
    time.sleep(0.3)
    after = second.stop()
    assert error is None and reopens >= 1
    # Monotonic values: where the one stopped the other goes on, as far as heard.
    assert before.max() < after.max() == ramp[-1]
    start = np.trim_zeros(after)[200]
    assert abs(start - int(before.max())) < 0.6 * SAMPLE_RATE / 4


def test_dead_server_is_an_error_in_bounded_time(
    server: SoundServer, tmp_path: Path
) -> None:
    recording = Recording(server)
    samples = np.full(30 * SAMPLE_RATE, 0.1, np.float32)
    player = Player(server, tmp_path, samples, reconnect_seconds=0.5)
    recording.wait_for_sound()
    started = time.monotonic()
    server.kill()
    recording.stop()
    _, _, error, _ = player.finish()
    assert error is not None and "stopped taking samples" in error
    assert time.monotonic() - started < 20


def test_pipewire_plays_all_and_cancels_at_once(tmp_path: Path) -> None:
    try:
        with PipeWireServer(tmp_path) as server:
            _play_and_cancel(server, tmp_path)
    except (FileNotFoundError, TimeoutError) as error:
        pytest.skip(str(error))


def _play_and_cancel(server: SoundServer, folder: Path) -> None:
    recording = Recording(server)
    if not recording.num_pieces:
        recording.stop()
        pytest.skip("PipeWire does not run its graph here")
    samples = np.full(SAMPLE_RATE // 2, 0.5, np.float32)
    underruns, reopens, error, _ = Player(server, folder, samples).finish()
    time.sleep(0.3)
    sound = recording.stop().astype(int)
    assert (underruns, reopens, error) == (0, 0, None)
    # Converted to 48 kHz and back, and its own graph drops blocks on a busy machine
    # that gives it no real-time priority: no sample-for-sample comparison here.
    num_loud = np.count_nonzero(np.abs(sound) > 8_192)
    assert 0.9 * len(samples) < num_loud < 1.05 * len(samples)

    recording = Recording(server)
    player = Player(server, folder, np.full(10 * SAMPLE_RATE, 0.5, np.float32))
    recording.wait_for_sound()
    time.sleep(0.5)
    player.tell("abort")
    _, _, _, times = player.finish()
    time.sleep(0.5)
    assert recording.last_sound_at is not None
    assert recording.last_sound_at - times["abort"] < 0.2
    recording.stop()
