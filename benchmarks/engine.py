"""The native engine beside graph runtimes and beside what the machine can do at most.

python -m benchmarks.engine --profile wavenet --rows 8
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from benchmarks.engine_native import NativeStep
from benchmarks.engine_networks import NETWORKS, random_inputs
from benchmarks.engine_profile import profile_step, profile_table
from benchmarks.limits.machine_limits import MachineLimits
from benchmarks.limits.probes import ProbeLibrary
from benchmarks.machine import Machine
from edge_tts.backends.native_kernels import native_kernels
from edge_tts.cpu import Isa, current_isa


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine")
    parser.add_argument("--profile", choices=NETWORKS, help="time op by op and stop")
    parser.add_argument("--rows", default="1,8", help="frames per call")
    parser.add_argument("--isa", default="", help="instruction sets; this machine's")
    arguments = parser.parse_args()
    rows = [int(number) for number in arguments.rows.split(",")]
    isas = [Isa(name) for name in arguments.isa.split(",") if name] or [current_isa()]
    print(Machine.here())
    for isa in isas:
        for num_rows in rows:
            print_profile(arguments.profile, isa, num_rows)
    return 0


def print_profile(network: str, isa: Isa, num_rows: int) -> None:
    """Prints where the time of a step goes."""
    spec, tensors = NETWORKS[network]()
    inputs = random_inputs(spec, num_rows)
    step = NativeStep(spec, tensors, native_kernels(isa), inputs)
    call, times = step.bound_call(), []
    for _ in range(301):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    limits = MachineLimits(ProbeLibrary(), isa)
    whole = statistics.median(times)
    print(f"\n{network}, {num_rows} rows, {isa}")
    print(profile_table(profile_step(step, limits), whole))


if __name__ == "__main__":
    sys.exit(main())
