"""The default voice: speed, first sound, cold start, memory and size, beside its peers.

    python -m benchmarks.voice [--json FILE] [--check] [--backends native,ort,openvino]

One thread. Peers speak the same sentences in the same run.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from pathlib import Path

from benchmarks.cache_misses import last_level_misses
from benchmarks.energy import EnergyMeter
from benchmarks.machine import Machine
from benchmarks.peers import PEERS, Peer
from benchmarks.results import Row, add_arguments, publish
from edge_tts.errors import EdgeTTSError
from edge_tts.options import WHOLE_UTTERANCE, RuntimeOptions
from edge_tts.synthesizer import Synthesizer

SENTENCES = Path(__file__).with_name("data") / "book_sentences.txt"
FIVE_WORDS = "The door is open now."


def main() -> int:
    """Measure and print; the exit code says whether ``--check`` passed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.voice")
    add_arguments(parser)
    parser.add_argument("--backends", default="native,ort,openvino")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    machine = Machine.here()
    sentences = SENTENCES.read_text(encoding="utf-8").split("\n")[:-1]
    text = "\n".join(sentences)
    peers = list(_peer_rtf(text, arguments.rounds))
    rows = [Row(f"{name}.rtf", rtf, "s/s") for name, rtf in peers]
    flite = dict(peers).get("flite")
    cold_peers = [
        (peer.name, _first_output_ms(_peer_pipe(peer), 60)) for peer in PEERS[:2]
    ]
    rows += [Row(f"{name}.cold_start", ms, "ms") for name, ms in cold_peers]
    default = True
    for backend in arguments.backends.split(","):
        try:
            rows += _voice_rows(backend, text, flite, arguments.rounds, default)
        except EdgeTTSError as error:
            print(f"{backend}: {error}", file=sys.stderr)
            continue
        default = False
    rows += _cost_rows(text)
    rows.append(_pack_size())
    return publish("benchmarks.voice", rows, arguments, machine)


def _voice_rows(
    backend: str, text: str, flite: float | None, rounds: int, default: bool
) -> Iterator[Row]:
    """Rows of one backend; the first backend that runs is held against the targets."""
    whole = RuntimeOptions(backend=backend, num_threads=1, chunk_frames=WHOLE_UTTERANCE)
    with Synthesizer("kathleen", runtime=whole) as synthesizer:
        rtf = statistics.median(_rtf(synthesizer, text) for _ in range(rounds))
    yield Row(
        f"{backend}.rtf",
        rtf,
        "s/s",
        f"flite {flite:.4f}" if flite else "",
        flite / rtf if flite else None,
        target=0.01 if default else None,
    )
    streamed = RuntimeOptions(backend=backend, num_threads=1)
    with Synthesizer("kathleen", runtime=streamed) as synthesizer:
        rtf = statistics.median(_rtf(synthesizer, text) for _ in range(rounds))
        yield Row(f"{backend}.rtf_streamed", rtf, "s/s")
        long_text = " ".join(text.split()[:500])
        short = _first_audio_ms(synthesizer, FIVE_WORDS)
        long = _first_audio_ms(synthesizer, long_text)
    yield Row(f"{backend}.ttfa_5_words", short, "ms", target=15.0 if default else None)
    yield Row(f"{backend}.ttfa_500_words", long, "ms", target=15.0 if default else None)
    yield Row(
        f"{backend}.ttfa_500_over_5_words",
        long / short,
        "",
        target=1.2 if default else None,
    )
    command = [sys.executable, "-m", "edge_tts", "say", FIVE_WORDS]
    command += ["--backend", backend, "--threads", "1", "--raw", "-o", "-"]
    yield Row(
        f"{backend}.cold_start",
        _first_output_ms(command, 2),
        "ms",
        target=350.0 if default else None,
    )
    yield Row(
        f"{backend}.rss",
        _peak_rss_mb(command),
        "MB",
        target=110.0 if default and backend != "openvino" else None,
    )


def _cost_rows(text: str) -> Iterator[Row]:
    """Energy and last-level misses of the planned voice, where the machine tells."""
    meter = EnergyMeter()
    runtime = RuntimeOptions(num_threads=1)
    with Synthesizer("kathleen", runtime=runtime) as synthesizer:
        _rtf(synthesizer, text)
        with meter:
            started = time.perf_counter()
            minutes = 0.0
            # Sensors are slow: two seconds at least.
            while time.perf_counter() - started < 2.0:
                minutes += sum(c.seconds for c in synthesizer.stream(text)) / 60
    joules = None if meter.joules is None else meter.joules / minutes
    yield Row("energy_per_minute_of_speech", joules, "J", meter.source)
    spoken = " ".join(text.split("\n")[:20])
    command = [sys.executable, "-m", "edge_tts", "say", spoken]
    command += ["--threads", "1", "--raw", "-o", "-"]
    misses, note = last_level_misses(command)
    yield Row("last_level_misses_20_sentences", misses, "", note)


def _rtf(synthesizer: Synthesizer, text: str) -> float:
    started = time.perf_counter()
    seconds = sum(chunk.seconds for chunk in synthesizer.stream(text))
    return (time.perf_counter() - started) / seconds


def _first_audio_ms(synthesizer: Synthesizer, text: str) -> float:
    times = []
    for _ in range(15):
        started = time.perf_counter()
        chunks = synthesizer.stream(text)
        for chunk in chunks:
            if chunk.num_samples:
                break
        times.append((time.perf_counter() - started) * 1e3)
        chunks.close()  # type: ignore[attr-defined]
    return statistics.median(times)


def _first_output_ms(command: list[str], num_bytes: int) -> float:
    """Median time from process start to the first bytes of sound on its stdout."""
    times = []
    for _ in range(7):
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.read(num_bytes)
            times.append((time.perf_counter() - started) * 1e3)
            process.stdout.read()
    return statistics.median(times)


def _peak_rss_mb(command: list[str]) -> float:
    code = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code, *command], check=True, capture_output=True
    ).stdout
    return float(output)


def _peer_rtf(text: str, rounds: int) -> Iterator[tuple[str, float]]:
    spoken = text.replace("\n", " ")
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "peer.wav")
        for peer in PEERS:
            if not peer.available():
                continue
            elapsed = statistics.median(peer.speak(spoken, wav) for _ in range(rounds))
            with wave.open(str(wav)) as reader:
                seconds = reader.getnframes() / reader.getframerate()
            yield peer.name, elapsed / seconds


def _peer_pipe(peer: Peer) -> list[str]:
    return [
        {"{wav}": "/dev/stdout", "{text}": FIVE_WORDS}.get(word, word)
        for word in peer.command
    ]


def _pack_size() -> Row:
    import edge_tts

    folder = Path(edge_tts.__file__).parent / "voices"
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Row("default_pack.size", size / 1e6, "MB", target=12.0)


if __name__ == "__main__":
    sys.exit(main())
