"""Worker threads in a native run: what they gain, and what they cost when others work.

    python -m benchmarks.threads [--json FILE] [--threads 1,2] [--networks wavenet]

Chunks of each size run back to back, alone on the machine and beside one process that
is always busy. All numbers of threads take turns within a round, so that what disturbs
one disturbs the others.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from benchmarks.engine_native import NativeStep
from benchmarks.engine_networks import NETWORKS, random_inputs
from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish
from edge_tts.backends.native_kernels import native_kernels
from edge_tts.backends.native_workers import NativeWorkers
from edge_tts.cpu import current_isa

CHUNKS = "1,8,48"
LOADS = "idle,busy"
_BUSY = "while True: pass"
_ROUND_S = 0.25
"""Time of one number of threads before the next has its turn."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.threads")
    add_arguments(parser)
    parser.add_argument("--threads", default="1,2", help="numbers to compare, 1 first")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--chunks", default=CHUNKS, help="rows per call")
    parser.add_argument("--loads", default=LOADS)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each figure")
    arguments = parser.parse_args()
    machine = Machine.here()
    counts = [int(part) for part in arguments.threads.split(",")]
    rows = [
        row
        for name in arguments.networks.split(",")
        for num_rows in map(int, arguments.chunks.split(","))
        for row in _rows(
            name, num_rows, counts, arguments.loads.split(","), arguments.seconds
        )
    ]
    return publish("benchmarks.threads", rows, arguments, machine)


def _rows(
    name: str, num_rows: int, counts: list[int], loads: list[str], seconds: float
) -> Iterator[Row]:
    spec, tensors = NETWORKS[name]()
    inputs = random_inputs(spec, num_rows)
    kernels = native_kernels(current_isa())
    # Each has weights of its own, as two programs would: none finds them in the cache.
    pools = {count: NativeWorkers(kernels, count) for count in counts if count > 1}
    steps = {
        count: NativeStep(spec, tensors, kernels, inputs, workers=pools.get(count))
        for count in counts
    }
    for load in loads:
        before = {count: pool.retreats for count, pool in pools.items()}
        with _competitor() if load == "busy" else _nothing():
            times = _measure(steps, seconds)
        alone = np.percentile(times[counts[0]], (50, 99)) * 1e6
        for count in counts:
            median, late = np.percentile(times[count], (50, 99)) * 1e6
            label = f"{name}.T{num_rows}.{load}.{count}t"
            yield Row(f"{label}.p50", median, "us", "1 thread", alone[0] / median)
            yield Row(f"{label}.p99", late, "us", "1 thread", alone[1] / late)
            if count in pools:
                retreats = pools[count].retreats - before[count]
                yield Row(f"{label}.retreats", float(retreats), "")
    for pool in pools.values():
        pool.close()


def _measure(steps: dict[int, NativeStep], seconds: float) -> dict[int, list[float]]:
    times: dict[int, list[float]] = {count: [] for count in steps}
    for _ in range(max(1, round(seconds / _ROUND_S))):
        for count, step in steps.items():
            call, found = step.bound_call(), times[count]
            end = time.perf_counter() + _ROUND_S
            while (started := time.perf_counter()) < end:
                call()
                found.append(time.perf_counter() - started)
    return times


@contextmanager
def _competitor() -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", _BUSY]) as process:
        time.sleep(0.3)
        try:
            yield
        finally:
            process.kill()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


if __name__ == "__main__":
    sys.exit(main())
