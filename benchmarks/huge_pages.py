"""Huge pages under weights and streams: what they gain a step, and whether they come.

    python -m benchmarks.huge_pages [--json FILE] [--networks gen,wavenet] [--rows 1]

The four combinations take turns; each has weights of its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

import numpy as np

from benchmarks.engine_networks import NETWORKS, random_inputs
from benchmarks.machine import Machine
from benchmarks.results import Row, add_arguments, publish
from calibrate.graphs.native_tensors import build_native_int8
from edge_tts.backends.native_kernels import native_kernels
from edge_tts.backends.native_layout import NativeLayout
from edge_tts.backends.native_network import NativeNetwork
from edge_tts.backends.native_run import NativeRun
from edge_tts.cpu import current_isa
from edge_tts.memory.huge_pages import huge_page_state

_KINDS = {
    "small": (False, False),
    "streams": (False, True),
    "weights": (True, False),
    "both": (True, True),
}
"""Name -> whether weights and streams ask for huge pages."""
_CALLS_PER_TURN = 100


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.huge_pages")
    add_arguments(parser)
    parser.add_argument("--networks", default="gen,wavenet,vocoder")
    parser.add_argument("--rows", type=int, default=1, help="rows per call")
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    machine = Machine.here()
    rows = [
        row
        for name in arguments.networks.split(",")
        for row in _rows(name, arguments.rows, arguments.rounds)
    ]
    return publish("benchmarks.huge_pages", rows, arguments, machine)


def _rows(name: str, num_rows: int, rounds: int) -> Iterator[Row]:
    kernels = native_kernels(current_isa())
    spec, tensors = build_native_int8(*NETWORKS[name]())
    inputs = random_inputs(spec, num_rows)
    runs = {}
    before = huge_page_state().granted_nbytes
    for kind, (weights, streams) in _KINDS.items():
        network = NativeNetwork(spec, tensors, kernels, huge_pages=weights)
        layout = NativeLayout(network, num_rows, name)
        runs[kind] = NativeRun(network, layout, name, huge_pages=streams)
        runs[kind].run(inputs)
    granted = huge_page_state().granted_nbytes - before
    times: dict[str, list[float]] = {kind: [] for kind in runs}
    for _ in range(rounds):
        for kind, run in runs.items():
            for _ in range(_CALLS_PER_TURN):
                started = time.perf_counter()
                run.run(inputs)
                times[kind].append(time.perf_counter() - started)
    small = float(np.median(times["small"]))
    for kind, found in times.items():
        median = float(np.median(found))
        label = f"{name}.T{num_rows}.{kind}.p50"
        yield Row(label, median * 1e6, "us", "small pages", small / median)
    yield Row(f"{name}.T{num_rows}.granted", granted / 2**20, "MB")


if __name__ == "__main__":
    sys.exit(main())
