"""The op-by-op clock: every op timed once, none lost, states left in order."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from benchmarks.engine_native import NativeStep
from benchmarks.engine_networks import random_inputs
from benchmarks.engine_profile import OpTime, profile_step, times_table
from benchmarks.limits.machine_limits import MachineLimits
from benchmarks.limits.probes import PROBES, ProbeLibrary
from benchmarks.networks.vocos import vocos
from edge_tts.backends.native_kernels import native_kernels
from edge_tts.cpu import current_isa, native_library


@pytest.fixture
def step() -> NativeStep:
    if shutil.which("cc") is None or current_isa() not in PROBES:
        pytest.skip("needs a C compiler and a vector unit")
    if native_library().handle is None:
        pytest.skip(native_library().reason)
    spec, tensors = vocos(width=32, num_blocks=2)
    inputs = random_inputs(spec, 4)
    return NativeStep(spec, tensors, native_kernels(current_isa()), inputs)


def test_every_op_is_timed_and_the_stream_goes_on(step: NativeStep) -> None:
    limits = MachineLimits(ProbeLibrary(), PROBES[current_isa()])
    times = profile_step(step, limits, rounds=11)
    assert len(times) == len(step.network.list.ops)
    products = sum(time.products for time in times)
    assert products == step.num_rows * (2 * 2 * 32 * 96 + 2 * 7 * 32)
    # 11 profiled steps and one more give what 12 plain steps give.
    after = step.run.run(random_inputs(step.spec, 4))
    after = {name: rows.copy() for name, rows in after.items()}
    step.run.reset()
    for _ in range(13):  # The first call is the constructor's.
        plain = step.run.run(random_inputs(step.spec, 4))
    assert {name for name in after} == {name for name in plain}
    assert all(np.array_equal(after[name], plain[name]) for name in plain)


def test_equal_ops_share_a_line_and_the_dearest_comes_first() -> None:
    times = [
        OpTime("a", "linear_qs8 1->2", 1e-6, 10.0, 20.0, 5e-7),
        OpTime("b", "copy 2", 3e-6, 0.0, 0.0, 0.0),
        OpTime("c", "linear_qs8 1->2", 1e-6, 10.0, 20.0, 5e-7),
    ]
    lines = times_table(times, 6e-6).splitlines()
    assert lines[1].split()[:2] == ["copy", "2"]
    assert lines[2].startswith("linear_qs8 1->2") and " 2 " in lines[2]
    assert lines[2].endswith("50.0%")
    assert "whole step 6.0 us" in lines[3]
