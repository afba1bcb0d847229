"""The native engine beside graph runtimes and beside what the machine can do at most.

    python -m benchmarks.engine [--json FILE] [--check] [--networks gen,wavenet,...]
        [--rows 1,4,8,16,48,400] [--isa avx2,...] [--threads 2] [--quick]
    python -m benchmarks.engine --profile gen --rows 8

Needs the extra ``calibrate`` for the peers' INT8 graphs, and a C compiler.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engine_measure import Settings
from benchmarks.engine_native import NativeStep
from benchmarks.engine_networks import (
    NETWORKS,
    Network,
    load_network,
    random_inputs,
    without_masks,
)
from benchmarks.engine_profile import profile_table
from benchmarks.engine_report import case_rows, limits_table, table, time_rows
from benchmarks.engine_rungs import Rung, prepare, rungs_here
from benchmarks.engine_worker import Result, Task
from benchmarks.limits.machine_limits import MachineLimits
from benchmarks.limits.probes import ProbeLibrary
from benchmarks.machine import Machine
from benchmarks.networks.hifigan import TRAINED
from benchmarks.results import add_arguments, publish
from edge_tts.cpu import native_library

ROWS = "1,4,8,16,48,400"
QUICK = Settings(rounds=3, seconds_per_turn=0.015)


def main() -> int:
    """Measure and print; the exit code says whether ``--check`` passed."""
    arguments = _parse()
    rungs = _chosen_rungs(arguments.isa)
    rows = tuple(int(number) for number in arguments.rows.split(","))
    machine = Machine.here()
    with tempfile.TemporaryDirectory(prefix="engine_") as name:
        folder = Path(name)
        prepare(rungs, folder)
        if arguments.profile:
            print(machine)
            for rung in rungs[: None if arguments.isa else 1]:
                for num_rows in rows:
                    network = load_network(arguments.profile, arguments.hifigan)
                    step = native_step(network, rung, num_rows, folder)
                    limits = MachineLimits(ProbeLibrary(), rung.probes)
                    print(f"\n{arguments.profile}, {num_rows} rows, {rung.name}")
                    print(profile_table(step, limits, arguments.figure))
            return 0
        settings = QUICK if arguments.quick else Settings()
        settings = Settings(
            settings.rounds, settings.seconds_per_turn, arguments.threads
        )
        networks = arguments.networks.split(",")
        results = _measure(networks, rows, rungs, settings, folder, arguments.hifigan)
    print(limits_table({name: result.limits for name, result in results.items()}))
    found = [entry for result in results.values() for entry in result.measurements]
    print(table(found, arguments.figure))
    _print_notes(results)
    if "hifigan" in networks:
        trained = arguments.hifigan or TRAINED
        kind = "trained" if trained.exists() else "random, there is no"
        print(f"hifigan: weights {kind} {trained}")
    own = next((rung.name for rung in rungs_here() if rung.is_own), "")
    compared = case_rows(found, own, arguments.figure)
    return publish(
        "benchmarks.engine", compared, arguments, machine, details=time_rows(found)
    )


def native_step(
    network: Network, rung: Rung, num_rows: int, folder: Path
) -> NativeStep:
    """Returns a step of a network on a rung."""
    spec, tensors = network
    inputs = random_inputs(spec, num_rows)
    return NativeStep(spec, tensors, rung.kernels(folder), inputs)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine")
    add_arguments(parser)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--rows", default=ROWS, help="input rows per call")
    parser.add_argument("--isa", default="", help="instruction sets; all that run here")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="a third of the rounds")
    parser.add_argument("--figure", choices=("median", "best"), default="median")
    parser.add_argument("--hifigan", type=Path, help="ONNX file of HiFi-GAN V2")
    parser.add_argument("--profile", choices=NETWORKS, help="time op by op and stop")
    arguments = parser.parse_args()
    unknown = set(arguments.networks.split(",")) - set(NETWORKS)
    if unknown:
        parser.error(f"unknown network {min(unknown)}; known are {', '.join(NETWORKS)}")
    return arguments


def _chosen_rungs(names: str) -> list[Rung]:
    if native_library().handle is None:
        raise SystemExit(native_library().reason)
    here = {rung.name: rung for rung in rungs_here()}
    chosen = [name for name in names.split(",") if name] or list(here)
    unknown = [name for name in chosen if name not in here]
    if unknown:
        raise SystemExit(f"{unknown[0]} does not run here; {', '.join(here)} do")
    return [here[name] for name in chosen]


def _measure(
    networks: Sequence[str],
    rows: tuple[int, ...],
    rungs: Sequence[Rung],
    settings: Settings,
    folder: Path,
    hifigan: Path | None,
) -> dict[str, Result]:
    """Writes the peers' graphs, then measures rung by rung, each in its own process."""
    from benchmarks.engine_graphs import PeerGraph, write_peer_graphs

    graphs: dict[str, list[PeerGraph]] = {}
    problems: list[str] = []
    for name in networks:
        print(f"graphs of {name}", file=sys.stderr)
        spec, tensors = load_network(name, hifigan)
        graphs[name], missing = write_peer_graphs(without_masks(spec), tensors, folder)
        problems += [f"{name}: {problem}" for problem in missing]
    results: dict[str, Result] = {}
    for rung in rungs:
        task = Task(rung, folder, rows, graphs, settings, hifigan)
        subprocess.run(
            [sys.executable, "-m", "benchmarks.engine_worker", str(task.write())],
            env={**os.environ, **rung.environment()},
            check=True,
        )
        results[rung.name] = Result.read(task.result_path)
        results[rung.name].problems += problems
    return results


def _print_notes(results: dict[str, Result]) -> None:
    print()
    for rung in rungs_here():
        if rung.name not in results:
            continue
        if rung.evex:
            print(f"{rung.name}: the same sources in AVX-512's encoding (EVEX)")
        if not rung.is_own:
            primitives = {
                word
                for entry in results[rung.name].measurements
                for word in entry.detail.split()
            }
            print(
                f"{rung.name}: onnxruntime cannot be held to it; OpenVINO multiplied "
                f"with {', '.join(sorted(primitives)) or 'nothing'}"
            )
    problems = [line for result in results.values() for line in result.problems]
    for problem in dict.fromkeys(problems):
        print(f"not measured: {problem}")


if __name__ == "__main__":
    sys.exit(main())
