"""Playback with a real clock: PortAudio into a PulseAudio null sink, recorded there.

Needs Debian's pulseaudio, pulseaudio-utils and libasound2-plugins.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

SERVER = """
load-module module-null-sink sink_name=null rate=22050 channels=1 format=s16le
load-module module-native-protocol-unix
"""
DEVICES = "pcm.default { type pulse }\nctl.default { type pulse }\n"

PROGRAM = """
import signal, sys, time
import numpy as np
from edge_tts.audio import AudioChunk, AudioFormat
from edge_tts.audio.speaker import SpeakerSink
signal_ = np.load(sys.argv[1])
sink = SpeakerSink()
sink.open(AudioFormat(22050))
size, start = 1024, 0
try:
    while start < len(signal_):
        part = signal_[start:start + size]
        time.sleep(0.2 * len(part) / 22050)
        sink.write(AudioChunk(part, AudioFormat(22050), start))
        start, size = start + size, min(2 * size, 12288)
    sink.drain()
except KeyboardInterrupt:
    sink.abort()
print(sink.underruns)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    missing = [name for name in ("pulseaudio", "parec") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    home = tmp_path_factory.mktemp("pulse")
    (home / "server.pa").write_text(SERVER)
    (home / "alsa.conf").write_text(DEVICES)
    (home / "run").mkdir(mode=0o700)
    env = {
        **{key: value for key, value in os.environ.items() if "PULSE" not in key},
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "ALSA_CONFIG_PATH": str(home / "alsa.conf"),
    }
    command = ["pulseaudio", "-n", "-F", str(home / "server.pa"), "--daemonize=no"]
    process = subprocess.Popen(
        [*command, "--exit-idle-time=-1", "--log-target=null"],
        env=env,
        stderr=subprocess.DEVNULL,
    )
    try:
        listing = (
            "import sounddevice as s; print([d['name'] for d in s.query_devices()])"
        )
        for _ in range(20):
            time.sleep(0.25)
            found = subprocess.run(
                [sys.executable, "-c", listing], env=env, capture_output=True
            )
            if b"default" in found.stdout:
                break
        else:
            pytest.skip("PulseAudio or ALSA's way to it (libasound2-plugins) is absent")
        yield env
    finally:
        process.terminate()
        process.wait(timeout=10)


def play(
    server: dict[str, str], folder: Path, samples: np.ndarray, cancel_after: float = 0.0
) -> tuple[np.ndarray, int]:
    """Return what the sink played, silence around it removed, and the underruns."""
    np.save(folder / "signal.npy", samples)
    heard = folder / "heard.raw"
    record = ["parec", "-d", "null.monitor", "--rate=22050", "--channels=1"]
    with heard.open("wb") as file:
        recorder = subprocess.Popen(
            [*record, "--format=s16le", "--latency-msec=50"], env=server, stdout=file
        )
        try:
            # The monitor delivers as soon as it is connected.
            deadline = time.monotonic() + 10
            while heard.stat().st_size == 0 and time.monotonic() < deadline:
                time.sleep(0.05)
            player = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(folder / "signal.npy")],
                env=server,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            if cancel_after:
                while not np.fromfile(heard, "<i2").any():
                    time.sleep(0.05)
                time.sleep(cancel_after)
                player.send_signal(signal.SIGINT)
            out, error = player.communicate(timeout=60)
            time.sleep(0.5)
        finally:
            recorder.terminate()
            recorder.wait(timeout=10)
    assert player.returncode == 0, error
    return np.trim_zeros(np.fromfile(heard, "<i2")), int(out)


def test_every_sample_is_heard_in_time(server: dict[str, str], tmp_path: Path) -> None:
    pcm = np.random.default_rng(5).integers(1, 9_000, 3 * 22_050).astype(np.int16)
    heard, underruns = play(server, tmp_path, (pcm / 32768).astype(np.float32))
    assert underruns == 0
    assert np.array_equal(heard, pcm)


def test_cancel_fades_out(server: dict[str, str], tmp_path: Path) -> None:
    samples = np.full(10 * 22_050, 0.5, np.float32)
    heard, _ = play(server, tmp_path, samples, cancel_after=0.5)
    # Fade of 5 ms, no sudden end; stopped long before the end of the signal.
    assert len(heard) < 4 * 22_050
    assert heard[-1] < 1_000
    assert np.abs(np.diff(heard[-200:].astype(int))).max() < 500
