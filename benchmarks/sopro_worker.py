"""One run of ``benchmarks.sopro``: our side, in a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.backends.plan import ChunkPolicy
from edge_tts.backends.registry import open_executors
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.engine.open_sopro import open_sopro
from edge_tts.engine.open_stream import read_arrays
from edge_tts.engine.sopro_stream import SoproStream
from edge_tts.engine.token_sequence import TokenSequence
from edge_tts.models import FAMILIES
from edge_tts.options import RuntimeOptions, SamplingOptions, SynthesisOptions
from edge_tts.packs import Pack
from edge_tts.packs.cloned_voice import ClonedVoice
from edge_tts.packs.tensor_file import TensorFile

POLICIES = {
    "offline": ChunkPolicy(16, 16, 1.0, whole=True),
    "stream16": ChunkPolicy(16, 16, 1.0, whole=False),
    "stream6": ChunkPolicy(6, 6, 1.0, whole=False),
}


class TimedExecutor:
    """A stage that adds up the time of its runs."""

    def __init__(self, stage: StageExecutor) -> None:
        self.stage = stage
        self.signature = stage.signature
        self.seconds = 0.0

    def open(self, max_rows: int) -> StageRun:
        """A run whose time counts."""
        return _TimedRun(self, self.stage.open(max_rows))

    def close(self) -> None:
        """Give up the stage."""
        self.stage.close()


class _TimedRun:
    def __init__(self, owner: TimedExecutor, run: StageRun) -> None:
        self._owner = owner
        self._run = run
        self.reset, self.close = run.reset, run.close

    def run(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        started = time.perf_counter()
        outputs = self._run.run(inputs)
        self._owner.seconds += time.perf_counter() - started
        return outputs


def read_voice(path: Path) -> ClonedVoice:
    """The voice that ``benchmarks.sopro`` made."""
    arrays = TensorFile(memoryview(path.read_bytes()), str(path))
    count = sum(name.startswith("key") for name in arrays)
    return ClonedVoice(
        "benchmark",
        arrays["codes"],
        arrays["speaker"],
        tuple(arrays[f"key{index}"] for index in range(count)),
        tuple(arrays[f"value{index}"] for index in range(count)),
    )


def speak(
    stream: SoproStream, text: str, seconds: float, policy: ChunkPolicy
) -> tuple[float, float, float]:
    """Seconds until the first sound, until the last one, and of speech."""
    zeros = np.zeros(1, np.int64)
    tokens = TokenSequence(zeros, zeros, zeros, zeros.astype(bool), text)
    sampling = SamplingOptions(max_seconds=seconds)
    options = SynthesisOptions(sampling=sampling)
    started = time.perf_counter()
    first, samples = 0.0, 0
    for piece in stream.synthesize(tokens, options, policy):
        first = first or time.perf_counter() - started
        samples += len(piece.samples)
    return first, time.perf_counter() - started, samples / 24_000


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("voice", type=Path)
    parser.add_argument("--text", required=True)
    parser.add_argument("--backend", default="native")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0])
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    started = time.perf_counter()
    with Pack.open(arguments.pack) as pack:
        options = RuntimeOptions(
            backend=arguments.backend,
            precision=arguments.precision,
            num_threads=arguments.threads,
        )
        plan = plan_for_this_machine(pack.manifest, options)
        needed = {need.id for need in FAMILIES[pack.manifest.family].stages}
        variants = {k: c.variant for k, c in plan.choices.items() if k in needed}
        executors = open_executors(pack, variants, num_threads=arguments.threads)
        timed = {name: TimedExecutor(stage) for name, stage in executors.items()}
        stream = open_sopro(pack.manifest, timed, read_arrays(pack))[1]
    stream.speak_as(0, read_voice(arguments.voice))
    loaded = time.perf_counter() - started
    speak(stream, arguments.text, 1.0, POLICIES["stream6"])  # Touches all memory.
    figures: dict[str, float] = {"load_s": loaded}
    for seconds in arguments.seconds:
        for name, policy in POLICIES.items():
            best = float("inf")
            for _ in range(arguments.repeats):
                before = {k: stage.seconds for k, stage in timed.items()}
                first, whole, spoken = speak(stream, arguments.text, seconds, policy)
                if whole < best:
                    best = whole
                    stem = f"{name}_{seconds:g}s"
                    figures[f"{stem}_rtf"] = whole / spoken
                    figures[f"{stem}_first_ms"] = 1e3 * first
                    for stage, timer in timed.items():
                        spent = timer.seconds - before[stage]
                        figures[f"{stem}_{stage}_ms_per_s"] = 1e3 * spent / spoken
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures["peak_rss_mb"] = peak / 1024
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
