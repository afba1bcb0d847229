"""Does playback stutter on a busy machine, and how soon is a cancel silent?

The default voice plays into a private PulseAudio null sink, which has a real clock, and
its monitor is recorded, while other processes of normal priority keep every processor
busy for 90 % of the time. Every sample of the recording is compared with what was
synthesised.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil

from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish
from benchmarks.sound_server import SAMPLE_RATE, Recording, SoundServer

_BUSY_PERIOD = 0.1
_LOAD = """
import sys, time
share, period = float(sys.argv[1]), float(sys.argv[2])
while True:
    # Processor time, not wall time: somebody who takes it away is no rest.
    end = time.thread_time() + share * period
    while time.thread_time() < end:
        pass
    time.sleep((1 - share) * period)
"""
_NUM_FADE = 110


@dataclass(frozen=True)
class Played:
    """What the player process says about itself."""

    underruns: int
    reopens: int
    prebuffer_seconds: float
    speech: npt.NDArray[np.int16]


def main() -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of speech")
    parser.add_argument("--cancels", type=int, default=100)
    parser.add_argument("--share", type=float, default=0.9, help="load of each CPU")
    add_arguments(parser)
    arguments = parser.parse_args()
    machine = Machine.here()
    with tempfile.TemporaryDirectory() as name, SoundServer(Path(name)) as server:
        quiet = _cancels(server, arguments.cancels)
        with _busy(arguments.share):
            psutil.cpu_percent()
            played, heard = _play(server, Path(name), arguments.minutes)
            load = psutil.cpu_percent()
            loaded = _cancels(server, arguments.cancels)
    extra, num_gaps = _compare(heard, played.speech)
    rows = [
        Row("playback.minutes", len(played.speech) / SAMPLE_RATE / 60, "min"),
        Row("playback.cpu_load", load, "%", target=85.0, at_least=True),
        Row("playback.prebuffer", played.prebuffer_seconds * 1e3, "ms", target=300.0),
        Row("playback.underruns", played.underruns, "", target=0),
        Row("playback.reopens", played.reopens, "", target=0),
        Row("playback.gaps", num_gaps, "", target=0),
        Row("playback.samples_lost_or_added", extra, "", target=0),
        *_cancel_rows("quiet", quiet),
        *_cancel_rows("loaded", loaded),
    ]
    return publish("playback", rows, arguments, machine)


def _cancel_rows(name: str, latencies: list[float]) -> list[Row]:
    p50, p99 = np.percentile(latencies, [50, 99])
    return [
        Row(f"playback.cancel_{name}_p50", float(p50), "ms", target=20.0),
        Row(f"playback.cancel_{name}_p99", float(p99), "ms", target=20.0),
    ]


@contextmanager
def _busy(share: float) -> Iterator[None]:
    """Keep every processor busy for a share of the time, from other processes."""
    command = [sys.executable, "-c", _LOAD, str(share), str(_BUSY_PERIOD)]
    loads = []
    for cpu in os.sched_getaffinity(0):
        load = subprocess.Popen(command)
        os.sched_setaffinity(load.pid, {cpu})
        loads.append(load)
    try:
        yield
    finally:
        for load in loads:
            load.kill()
            load.wait()


def _worker(server: SoundServer, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.playback_worker", *arguments],
        env=server.env,
        stdout=subprocess.PIPE,
        text=True,
    )


def _play(
    server: SoundServer, folder: Path, minutes: float
) -> tuple[Played, npt.NDArray[np.int16]]:
    # Longer latencies make the null sink render silence ahead of the speech.
    recording = Recording(server, latency_ms=20)
    pcm_file = folder / "speech.pcm"
    player = _worker(server, "speak", str(60 * minutes), str(pcm_file))
    out, _ = player.communicate()
    time.sleep(2.0)
    figures = json.loads(out)
    return Played(**figures, speech=np.fromfile(pcm_file, "<i2")), recording.stop()


def _cancels(server: SoundServer, count: int) -> list[float]:
    """Times from ``abort`` to the last sample heard, ms; not below 0."""
    recording = Recording(server)
    player = _worker(server, "cancel", str(count))
    assert player.stdout is not None
    latencies = []
    for line in player.stdout:
        cancelled_at = float(line)
        # The player rests longer than this after each cancel.
        time.sleep(0.25)
        last = recording.last_sound_at
        assert last is not None
        latencies.append(max(0.0, last - cancelled_at) * 1e3)
    player.wait()
    recording.stop()
    return latencies


def _compare(
    heard: npt.NDArray[np.int16], speech: npt.NDArray[np.int16]
) -> tuple[int, int]:
    """Samples lost or added inside the speech, and gaps of 5 ms and more."""
    sound, speech = np.trim_zeros(heard), np.trim_zeros(speech)
    for start in range(_NUM_FADE + 1):
        if np.array_equal(sound[start : start + len(speech)], speech):
            return 0, 0
    gaps = _silences(sound) - _silences(speech)
    return abs(len(sound) - 2 * _NUM_FADE - len(speech)) or 1, max(gaps, 1)


def _silences(samples: npt.NDArray[np.int16]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([1], samples, [1])) == 0))
    return int(np.count_nonzero(np.diff(edges) >= _NUM_FADE))


if __name__ == "__main__":
    sys.exit(main())
