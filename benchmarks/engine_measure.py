"""Measures one network at one number of rows: native, graphs, eager, and the limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine_graphs import PeerGraph, last_line
from benchmarks.engine_native import NativeStep
from benchmarks.engine_networks import Network, random_inputs, without_masks
from benchmarks.engine_timing import time_in_turns
from benchmarks.limits.machine_limits import MachineLimits
from edge_tts.backends.native_kernels import NativeKernels
from edge_tts.backends.native_workers import NativeWorkers
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackSpec

Outputs = Mapping[str, NDArray[Any]]
MIN_SNR_DB = 10.0
"""Below this a contender computes something else and does not count."""


@dataclass(frozen=True)
class Settings:
    """How long to measure."""

    rounds: int = 9
    """Turns of every contender."""
    seconds_per_turn: float = 0.04
    """Length of a turn."""
    num_threads: int = 1
    """Threads of every contender."""


@dataclass(frozen=True)
class Measurement:
    """One contender's times for one network and number of rows."""

    rung: str
    """Instruction set that was forced."""
    network: str
    """Name of the network."""
    num_rows: int
    """Input rows per call."""
    contender: str
    """``native``, ``native:call``, ``torch``, or engine and recipe of a graph."""
    precision: str
    """fp32 or int8."""
    median: float
    """Seconds."""
    p99: float
    """Seconds."""
    best: float
    """Seconds."""
    snr_db: float
    """Against the float32 definition, for the first chunk that holds signal."""
    limit: float = 0.0
    """Seconds below which no native step can be; 0 for others."""
    detail: str = ""
    """What ran, where the contender tells."""


def measure(
    name: str,
    network: Network,
    num_rows: int,
    graphs: Sequence[PeerGraph],
    kernels: NativeKernels,
    limits: MachineLimits,
    settings: Settings,
) -> tuple[list[Measurement], list[str]]:
    """Times everybody in turns.

    Args:
        name: of the network, for the rows.
        network: description and float32 tensors.
        num_rows: input rows per call.
        graphs: the peers' files.
        kernels: of the instruction set.
        limits: of the machine; readings are added.
        settings: rounds and threads.

    Returns:
        The measurements, and who could not run and why.
    """
    spec, tensors = network
    inputs = random_inputs(spec, num_rows)
    num_threads = settings.num_threads
    workers = NativeWorkers(kernels, num_threads) if num_threads > 1 else None
    native = NativeStep(spec, tensors, kernels, inputs, workers=workers)
    calls: dict[str, Callable[[], object]] = {
        "native": native.bound_call(),
        "native:call": native.plain_call(),
    }
    native.run.reset()
    chunks = 1 + ceil(spec.lookahead / num_rows)
    for _ in range(chunks):
        found = native.run.run(inputs)
    snr = dict.fromkeys(calls, _snr_db(_chunk(network, inputs, chunks), found))
    precisions = dict.fromkeys(calls, "int8")
    details: dict[str, str] = {}
    problems: list[str] = []
    plain = without_masks(spec)
    plain_inputs = {given.name: inputs[given.name] for given in plain.inputs}
    truth = _chunk((plain, tensors), plain_inputs, chunks)
    for peer, precision, opened in _openers(
        plain, tensors, plain_inputs, graphs, num_threads
    ):
        try:
            step = opened()
            for _ in range(chunks):
                step()
            snr[peer] = _snr_db(truth, step.outputs())
        # A runtime raises classes of its own; the other contenders still count.
        except Exception as error:
            problems.append(f"{name} {num_rows} rows, {peer}: {last_line(error)}")
            continue
        if snr[peer] < MIN_SNR_DB:
            problems.append(f"{name} {num_rows} rows, {peer}: {snr[peer]:.1f} dB only")
            continue
        calls[peer], precisions[peer] = step, precision
        if hasattr(step, "products"):
            details[peer] = " ".join(sorted(step.products()))
    # Threads share the weights out between them.
    nbytes = int(native.work.nbytes(num_rows)) // num_threads
    timings = time_in_turns(
        calls,
        rounds=settings.rounds,
        seconds_per_turn=settings.seconds_per_turn,
        between=lambda: limits.take([nbytes]),
    )
    limit = native.work.limit_seconds(
        num_rows, limits.bandwidth(nbytes), limits.int8_peak, limits.fp32_peak
    )
    return [
        Measurement(
            rung=str(kernels.isa),
            network=name,
            num_rows=num_rows,
            contender=peer,
            precision=precisions[peer],
            median=timing.median,
            p99=timing.p99,
            best=timing.best,
            snr_db=snr[peer],
            limit=limit if peer == "native" else 0.0,
            detail=details.get(peer, ""),
        )
        for peer, timing in timings.items()
    ], problems


def _openers(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    inputs: Mapping[str, NDArray[Any]],
    graphs: Sequence[PeerGraph],
    num_threads: int,
) -> list[tuple[str, str, Callable[[], Any]]]:
    """Name, precision and constructor of every peer."""
    openers: list[tuple[str, str, Callable[[], Any]]] = []
    if graphs:
        from benchmarks.engine_runners import open_step

        for graph in graphs:
            opened = partial(open_step, graph, spec, inputs, num_threads)
            openers.append((graph.name, graph.precision, opened))
    if find_spec("torch") is not None:
        from benchmarks.engine_torch import TorchStep

        openers.append(
            ("torch", "fp32", lambda: TorchStep(spec, tensors, inputs, num_threads))
        )
    return openers


def _chunk(network: Network, inputs: Outputs, number: int) -> Outputs:
    """What a chunk of the float32 network gives when all have the same inputs."""
    spec, tensors = network
    states = spec.zero_states()
    for _ in range(number):
        outputs, states = run_reference(spec, tensors, inputs, states)
    return outputs


def _snr_db(truth: Outputs, found: Outputs) -> float:
    """Signal-to-noise ratio over all outputs, in dB."""
    signal = sum(
        float(np.square(rows, dtype=np.float64).sum()) for rows in truth.values()
    )
    noise = sum(
        float(np.square(found[name] - rows, dtype=np.float64).sum())
        for name, rows in truth.items()
    )
    return float(10 * np.log10(signal / max(noise, 1e-30)))
