"""Nothing is allocated while a network runs, and memory stays flat for ever.

    python -m benchmarks.soak [--steps 100000] [--long-steps 1000000]

Runs itself below a library that counts malloc and its relatives. Counted are whole
steps as the engine takes them (``StageRun.run``), Python's part included; tracemalloc
says what a step keeps. The long run takes a small network, so that it takes a minute.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish
from edge_tts import SynthesisOptions, Synthesizer
from edge_tts.backends.base import StageRun
from edge_tts.backends.native_session import NativeSession
from edge_tts.backends.registry import open_executor
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.errors import EdgeTTSError
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.convolution import Conv
from edge_tts.network.stack_spec import StackInput, StackSpec
from edge_tts.options import RuntimeOptions
from edge_tts.packs.voice_library import VoiceLibrary

_COUNTER: Final = Path(__file__).with_name("malloc_counter.c")
_MARK: Final = "--counted"
Inputs = dict[str, NDArray[np.float32]]
_STAGES: Final = ("decoder", "vocoder")
_TEXT: Final = "The lighthouse keeper counted eleven ships before the fog came in. "


def main() -> int:
    """Returns the exit status of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--long-steps", type=int, default=1_000_000)
    parser.add_argument("--graph-steps", type=int, default=20_000)
    parser.add_argument(_MARK, type=Path, help=argparse.SUPPRESS)
    add_arguments(parser)
    arguments = parser.parse_args()
    if arguments.counted is None:
        return _below_counter()
    count = ctypes.CDLL(str(arguments.counted)).num_allocations
    count.restype = ctypes.c_uint64
    rows = _native_rows(arguments.steps, count)
    rows += _long_rows(arguments.long_steps)
    rows += _speech_rows(count)
    rows += _graph_rows(arguments.graph_steps)
    return publish("soak", rows, arguments, Machine.here())


def _below_counter() -> int:
    with tempfile.TemporaryDirectory(prefix="edge_tts_soak_") as folder:
        library = Path(folder) / "malloc_counter.so"
        command = ["cc", "-O2", "-shared", "-fPIC", str(_COUNTER), "-o", str(library)]
        subprocess.run(command, check=True)
        again = [sys.executable, "-m", "benchmarks.soak", *sys.argv[1:]]
        again += [_MARK, str(library)]
        variables = {**os.environ, "LD_PRELOAD": str(library)}
        return subprocess.run(again, env=variables).returncode


def _native_rows(steps: int, count: Callable[[], int]) -> list[Row]:
    """Allocations of native steps of one row, stage by stage."""
    rows = []
    for stage in _STAGES:
        run, inputs = _stage_run(stage, "native", "int8")
        allocated = _allocations(run, inputs, steps, count)
        kept = _kept(run, inputs, steps)
        rows += [
            Row(f"soak.{stage}.mallocs", allocated, f"/{steps}", target=0),
            Row(f"soak.{stage}.python_kept", kept, "bytes", target=0),
        ]
    return rows


def _allocations(
    run: StageRun,
    inputs: Inputs,
    steps: int,
    count: Callable[[], int],
) -> int:
    for _ in range(1000):
        run.run(inputs)
    gc.collect()
    gc.disable()
    try:
        before = count()
        for _ in range(steps):
            run.run(inputs)
        return count() - before
    finally:
        gc.enable()


def _kept(run: StageRun, inputs: Inputs, steps: int) -> int:
    """Bytes of Python memory that many steps leave beyond what few leave."""

    def left_by(number: int) -> int:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(number):
            run.run(inputs)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before

    tracemalloc.start()
    try:
        left_by(1000)
        few = left_by(300)
        return left_by(steps) - few
    finally:
        tracemalloc.stop()


def _long_rows(steps: int) -> list[Row]:
    """Resident memory of a small network after the first thousand and all steps."""
    layers = (
        Conv(name="first", inputs=("x",), channels=32, kernel_size=3, dilation=4),
        Activation(name="bent", inputs=("first",), function="gelu"),
        Conv(name="y", inputs=("bent",), channels=16, kernel_size=3),
    )
    spec = StackSpec("small", (StackInput("x", 16),), layers, ("y",))
    draw = np.random.default_rng(1)
    tensors = {
        name: draw.standard_normal(shape).astype(np.float32) * np.float32(0.1)
        for name, shape in spec.tensors.items()
    }
    run = NativeSession(spec, tensors).open(1)
    inputs = {"x": draw.standard_normal((1, 16)).astype(np.float32)}
    grown = _growth(run, inputs, steps, after=1000)
    return [Row("soak.native.rss_growth", grown, "kB", f"{steps} steps", target=0)]


def _graph_rows(steps: int) -> list[Row]:
    rows = []
    for backend in ("ort", "openvino"):
        try:
            run, inputs = _stage_run("decoder", backend, "int8")
        except EdgeTTSError as error:
            print(f"{backend}: {error}", file=sys.stderr)
            rows.append(Row(f"soak.{backend}.rss_growth", None, "kB", target=256))
            continue
        # Their own allocators settle within some thousand steps.
        grown = _growth(run, inputs, steps, after=5000)
        name = f"soak.{backend}.rss_growth"
        rows.append(Row(name, grown, "kB", f"{steps} steps", target=256))
    return rows


def _growth(run: StageRun, inputs: Inputs, steps: int, after: int) -> int:
    """Resident kB added by so many steps behind the first ones."""
    for _ in range(after):
        run.run(inputs)
    gc.collect()
    before = _resident_kb()
    for _ in range(steps):
        run.run(inputs)
    gc.collect()
    return _resident_kb() - before


def _speech_rows(count: Callable[[], int]) -> list[Row]:
    """What whole speech allocates per chunk, and whether memory stays flat."""
    with Synthesizer(runtime=RuntimeOptions(backend="native")) as synthesizer:
        options = SynthesisOptions()

        def speak(times: int) -> int:
            return sum(
                1 for _ in range(times) for _ in synthesizer.stream(_TEXT, options)
            )

        speak(20)
        gc.collect()
        resident, before = _resident_kb(), count()
        chunks = speak(100)
        mallocs = (count() - before) / chunks
        gc.collect()
        grown = _resident_kb() - resident
        tracemalloc.start()
        speak(1)
        start = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        speak(1)
        peak = tracemalloc.get_traced_memory()[1] - start
        tracemalloc.stop()
    return [
        Row("soak.speech.mallocs_per_chunk", mallocs, "", f"{chunks} chunks"),
        Row("soak.speech.python_peak", peak / 1024, "kB"),
        Row("soak.speech.rss_growth", grown, "kB", "100 sentences", target=256),
    ]


def _stage_run(stage_id: str, backend: str, precision: str) -> tuple[StageRun, Inputs]:
    """One stage of the default voice, and a row of inputs for it."""
    resolved = VoiceLibrary().resolve("kathleen")
    runtime = RuntimeOptions(backend=backend, precision=precision, num_threads=1)
    plan = plan_for_this_machine(resolved.manifest, runtime)
    with resolved.open() as pack:
        stage = resolved.manifest.stage(stage_id)
        executor = open_executor(pack, stage, plan.choices[stage_id].variant)
    draw = np.random.default_rng(1)
    inputs = {
        tensor.name: draw.standard_normal((1, int(tensor.shape[1]))).astype(np.float32)
        for tensor in executor.signature.inputs
    }
    return executor.open(8), inputs


def _resident_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * (os.sysconf("SC_PAGESIZE") // 1024)


if __name__ == "__main__":
    sys.exit(main())
