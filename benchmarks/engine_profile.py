"""Where the time of a native step goes: every op timed alone, in its place."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.engine_native import NativeStep
from benchmarks.engine_timing import Figure, time_in_turns
from benchmarks.limits.machine_limits import MachineLimits
from edge_tts.backends.native_structs import ACTIVATIONS, GATES, Op, OpKind, Program

_SOURCE: Final = Path(__file__).with_name("limits") / "op_clock.c"
_ACTIVATION_NAMES: Final = {number: name for name, number in ACTIVATIONS.items()}
_GATE_NAMES: Final = {number: name for name, number in GATES.items()}


@dataclass(frozen=True)
class OpTime:
    """One op of a network."""

    layer: str
    """The layer it was made for."""
    what: str
    """Kind and shape; equal for ops that do equal work."""
    seconds: float
    """Less what a call costs without an op."""
    nbytes: float
    """Weights it reads."""
    products: float
    """Multiply-adds with weights, for the whole step."""
    limit: float
    """Seconds below which it cannot be; 0 where only products would count."""


def profile_step(
    step: NativeStep,
    limits: MachineLimits,
    *,
    rounds: int = 301,
    figure: Figure = "median",
) -> list[OpTime]:
    """Times every op of a step of at most one pass.

    Args:
        step: its rows must fit in one pass of the executor.
        limits: of the machine.
        rounds: steps to take.
        figure: which time of each op counts.

    Raises:
        ValueError: the step has more rows than a pass.
    """
    if step.num_rows > step.layout.tile_rows:
        raise ValueError(
            f"{step.num_rows} rows are more than one pass of {step.layout.tile_rows}"
        )
    ops = step.network.ops
    programs = [_program(step, index, 1) for index in range(len(ops))]
    programs.append(_program(step, 0, 0))
    addresses = (ctypes.c_void_p * len(programs))(
        *(ctypes.addressof(program) for program in programs)
    )
    seconds = np.zeros((rounds, len(programs)))
    stream = step.run._stream
    position = ctypes.addressof(stream) + type(stream).position.offset
    _clock()(
        ctypes.cast(step.network.kernels.run, ctypes.c_void_p),
        addresses,
        ctypes.c_int32(len(programs)),
        ctypes.byref(stream),
        ctypes.c_void_p(position),
        ctypes.c_int32(step.num_rows),
        step.run._externals,
        ctypes.c_int32(rounds),
        ctypes.c_void_p(seconds.ctypes.data),
    )
    chosen = np.median(seconds, axis=0) if figure == "median" else seconds.min(axis=0)
    times = np.maximum(chosen[:-1] - chosen[-1], 0.0)
    plans = step.network.list.ops
    return [
        _op_time(step, limits, op, plan.layer, float(time))
        for op, plan, time in zip(ops, plans, times, strict=True)
    ]


def profile_table(
    step: NativeStep, limits: MachineLimits, figure: Figure = "median"
) -> str:
    """Times a step whole and op by op, and returns the table.

    Args:
        step: its rows must fit in one pass of the executor.
        limits: of the machine.
        figure: which times to show.
    """
    timing = time_in_turns({"step": step.bound_call()})["step"]
    whole = timing.median if figure == "median" else timing.best
    return times_table(profile_step(step, limits, figure=figure), whole)


def times_table(times: Sequence[OpTime], step_seconds: float) -> str:
    """Returns the table: ops of equal work together, the dearest first.

    Args:
        times: as :func:`profile_step` returns them.
        step_seconds: time of a whole step, measured apart.
    """
    groups: dict[str, list[OpTime]] = {}
    for time in times:
        groups.setdefault(time.what, []).append(time)
    total = sum(time.seconds for time in times)
    lines = [
        f"{'op':46} {'n':>3} {'us each':>8} {'share':>6} {'GB/s':>6} {'GOP/s':>6} "
        f"{'limit':>6}"
    ]
    for what, members in sorted(groups.items(), key=lambda item: -_sum(item[1])):
        seconds = _sum(members)
        rates = ""
        if members[0].products and seconds:
            nbytes = sum(member.nbytes for member in members)
            products = sum(member.products for member in members)
            rates = f"{nbytes / seconds / 1e9:6.1f} {2 * products / seconds / 1e9:6.0f}"
            rates += f" {sum(member.limit for member in members) / seconds:6.1%}"
        lines.append(
            f"{what:46} {len(members):3} {seconds / len(members) * 1e6:8.2f} "
            f"{seconds / total:6.1%} {rates}".rstrip()
        )
    lines.append(
        f"{'all ops':46} {len(times):3} {total * 1e6:8.1f}; "
        f"whole step {step_seconds * 1e6:.1f} us"
    )
    return "\n".join(lines)


def _sum(times: Iterable[OpTime]) -> float:
    return sum(time.seconds for time in times)


def _program(step: NativeStep, first: int, num_ops: int) -> Program:
    program = Program.from_buffer_copy(step.layout.program)
    program.ops = ctypes.pointer(step.network.ops[first])
    program.num_ops = num_ops
    return program


WEIGHT_NBYTES = {
    OpKind.LINEAR_F32: 4,
    OpKind.LINEAR_BF16: 2,
    OpKind.LINEAR_QS8: 1,
    OpKind.LINEAR_Q4: 0.5625,
}
"""Bytes of a weight, with the scales that come with groups of them."""


def _op_time(
    step: NativeStep, limits: MachineLimits, op: Op, layer: str, seconds: float
) -> OpTime:
    kind = OpKind(op.kind)
    view = step.network.list.views[op.out]
    rate = step.network.list.buffers[view.buffer].rate
    rows = int(step.num_rows * rate) * view.inner_rows
    words = [kind.name.lower()]
    products = nbytes = 0.0
    if kind.name.startswith("LINEAR"):
        linear = op.linear
        outputs = linear.num_outputs * (1 + linear.gated)
        products = linear.num_taps * linear.num_inputs * outputs
        nbytes = products * WEIGHT_NBYTES[kind]
        taps = f"{linear.num_taps}x" if linear.num_taps > 1 else ""
        words.append(f"{taps}{linear.num_inputs}->{outputs}")
        words.append(_GATE_NAMES.get(op.gate, "gated") if op.gate else "")
        words.append(
            _ACTIVATION_NAMES.get(op.activation, "bent") if op.activation else ""
        )
        words.append("+residual" if op.residual >= 0 else "")
    elif kind is OpKind.ATTENTION:
        seen = op.window or step.text_rows
        products = 2.0 * seen * view.channels
        nbytes = 4 * products
        words.append(f"{view.channels} over {seen}")
    elif kind is OpKind.DEPTHWISE_CONV:
        products = op.num_taps * view.channels
        nbytes = 4 * products
        words.append(f"{view.channels} k={op.num_taps} d={op.dilation}")
    else:
        words.append(str(view.channels))
    words.append("max" if op.absmax else "")
    if rows != step.num_rows:
        words.append(f"({rows} rows)")
    what = " ".join(word for word in words if word)
    int8 = kind in (OpKind.LINEAR_QS8, OpKind.LINEAR_Q4)
    peak = limits.int8_peak if int8 else limits.fp32_peak
    # All weights of the network are read in turn: they come from where all have room.
    bandwidth = limits.bandwidth(int(step.work.nbytes(step.num_rows)))
    limit = max(nbytes / bandwidth, 2 * products * rows / peak)
    return OpTime(layer, what, seconds, nbytes, products * rows, limit)


def _clock() -> ctypes._NamedFuncPointer:
    with tempfile.TemporaryDirectory(prefix="op_clock_") as folder:
        library = Path(folder, "op_clock.so")
        command = ["cc", "-O2", "-shared", "-fPIC", str(_SOURCE), "-o", str(library)]
        subprocess.run(command, check=True)
        function = ctypes.CDLL(str(library)).time_ops
    function.restype = None
    return function
