from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_tts.backends.native_kernels import native_kernels
from edge_tts.backends.native_run import NativeRun
from edge_tts.backends.native_session import NativeSession, signature_of
from edge_tts.cpu import cpu_features, native_library, supported_isas
from edge_tts.cpu.isa import Isa
from edge_tts.errors import BackendError
from edge_tts.network.bf16_product import round_to_bf16
from edge_tts.network.int4_product import GROUP, pack_nibbles, quantize_groups
from edge_tts.network.int8_product import PRODUCT_LAYERS, quantize_weight
from edge_tts.network.layers.convolution import Delay, DepthwiseConv
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.rearrange import Upsample
from edge_tts.network.product_format import weight_role
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackInput, StackSpec
from tests.network.random_stack import random_stacks
from tests.network.sample_stacks import (
    ALL_STACKS,
    STREAMED,
    chunkings,
    random_inputs,
    random_tensors,
    rows_of,
)

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(
    LIBRARY.handle is None, reason=f"needs the kernel library: {LIBRARY.reason}"
)
ISAS = [isa for isa in supported_isas(cpu_features()) if isa in LIBRARY.built]
Tensors = dict[str, NDArray[Any]]


PRECISIONS = ["fp32", "bf16", "int8", "int4"]


def tensors_of(spec: StackSpec, precision: str, seed: int = 0) -> Tensors:
    """Random weights, stored as told; int8 where int4 does not fit."""
    tensors: Tensors = dict(random_tensors(spec, seed))
    for layer in spec.layers:
        role = weight_role(layer)
        if role is None or precision == "fp32":
            continue
        name = f"{layer.name}.{role}"
        weight = tensors[name]
        if precision == "bf16":
            tensors[name] = round_to_bf16(weight)
        elif not isinstance(layer, PRODUCT_LAYERS):
            continue
        elif precision == "int8" or weight.shape[-2] % GROUP:
            tensors[name], tensors[f"{name}_scale"] = quantize_weight(weight)
        else:
            *taps, _, channels = weight.shape
            groups = weight.reshape(-1, *weight.shape[-2:])
            integers, halves = quantize_groups(groups)
            tensors[name] = pack_nibbles(integers.reshape(weight.shape))
            tensors[f"{name}_scale"] = halves.reshape(*taps, -1, channels)
    return tensors


def run_chunks(
    run: NativeRun, spec: StackSpec, inputs: Tensors, chunks: list[int]
) -> Tensors:
    """Outputs of consecutive chunks, joined."""
    parts = []
    first = 0
    for length in chunks:
        outputs = run.run(rows_of(spec, inputs, first, first + length))
        parts.append({name: rows.copy() for name, rows in outputs.items()})
        first += length
    return {
        name: np.concatenate([part[name] for part in parts]) for name in spec.outputs
    }


def sqnr_db(found: NDArray[Any], expected: NDArray[Any]) -> float:
    noise = np.square(found.astype(np.float64) - expected).mean()
    power = np.square(expected.astype(np.float64)).mean()
    return float(10 * np.log10(max(power, 1e-12) / max(noise, 1e-30)))


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", ALL_STACKS)
def test_equals_the_reference(name: str, precision: str) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = tensors_of(spec, precision), random_inputs(spec, 60)
    expected, _ = run_reference(spec, tensors, inputs)
    found = NativeSession(spec, tensors).open(64).run(inputs)
    assert list(found) == list(spec.outputs)
    for output, rows in expected.items():
        assert found[output].shape == rows.shape
        # Only exp and the order of float sums differ: 5e-6 of the signal.
        assert sqnr_db(found[output], rows) > 105


@settings(max_examples=60, deadline=None)
@given(
    spec=random_stacks(),
    chunks=chunkings,
    precision=st.sampled_from(PRECISIONS),
    isa=st.sampled_from(ISAS),
)
def test_any_network_streams_bit_for_bit(
    spec: StackSpec, chunks: list[int], precision: str, isa: Isa
) -> None:
    tensors, num_rows = tensors_of(spec, precision), sum(chunks)
    inputs = random_inputs(spec, num_rows)
    session = NativeSession(spec, tensors, kernels=native_kernels(isa))
    run = session.open(num_rows)
    whole = run_chunks(run, spec, inputs, [num_rows])
    run.reset()
    streamed = run_chunks(run, spec, inputs, chunks)
    generic = NativeSession(spec, tensors, kernels=native_kernels(Isa.GENERIC))
    plain = run_chunks(generic.open(num_rows), spec, inputs, [num_rows])
    expected, _ = run_reference(spec, tensors, inputs)
    for name in spec.outputs:
        np.testing.assert_array_equal(streamed[name], whole[name])
        np.testing.assert_array_equal(plain[name], whole[name])
        # Rounding of activations at a tie differs by one step of int8 in rare rows.
        scale = np.abs(expected[name]).max() + 1e-6
        error = np.abs(whole[name] - expected[name]).max() / scale
        assert error < (0.2 if precision.startswith("int") else 1e-3)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", STREAMED)
def test_every_instruction_set_gives_the_same_bits(
    name: str, precision: str, isa: Isa
) -> None:
    spec = STREAMED[name]
    tensors, inputs = tensors_of(spec, precision), random_inputs(spec, 70)
    outputs = []
    for kernels in (native_kernels(Isa.GENERIC), native_kernels(isa)):
        run = NativeSession(spec, tensors, kernels=kernels).open(70)
        outputs.append(run_chunks(run, spec, inputs, [70]))
    for output in spec.outputs:
        np.testing.assert_array_equal(outputs[0][output], outputs[1][output])


def test_runs_do_not_share_states() -> None:
    spec = STREAMED["decoder"]
    session = NativeSession(spec, tensors_of(spec, "int8"))
    inputs = random_inputs(spec, 20)
    alone = run_chunks(session.open(20), spec, inputs, [20])
    one, other = session.open(20), session.open(20)
    parts = []
    for first in range(0, 20, 5):
        piece = rows_of(spec, inputs, first, first + 5)
        parts.append(one.run(piece)["y"].copy())
        other.run(random_inputs(spec, 7, seed=first))
    np.testing.assert_array_equal(np.concatenate(parts), alone["y"])


def test_reset_goes_back_to_the_start() -> None:
    spec = STREAMED["vocoder"]
    run = NativeSession(spec, tensors_of(spec, "int8")).open(30)
    inputs = random_inputs(spec, 30)
    first = run_chunks(run, spec, inputs, [30])
    run.reset()
    again = run_chunks(run, spec, inputs, [30])
    np.testing.assert_array_equal(again["log_filter"], first["log_filter"])


def test_a_step_keeps_no_memory() -> None:
    spec = STREAMED["vocoder"]
    run = NativeSession(spec, tensors_of(spec, "int8")).open(8)
    inputs = random_inputs(spec, 8)
    for _ in range(10):
        run.run(inputs)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(1000):
            run.run(inputs)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1000


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "expected the inputs x, got none"),
        ({"y": np.zeros((1, 12), np.float32)}, "expected the inputs x, got y"),
        ({"x": np.zeros((1, 11), np.float32)}, r"float32 \(rows, 12\), got"),
        ({"x": np.zeros((1, 12), np.float64)}, "got float64"),
        ({"x": np.zeros((9, 12), np.float32)}, "has 9 rows, expected 1 to 8"),
        ({"x": np.zeros((0, 12), np.float32)}, "has 0 rows"),
    ],
)
def test_wrong_inputs_are_refused(inputs: Any, message: str) -> None:
    spec = STREAMED["decoder"]
    run = NativeSession(spec, tensors_of(spec, "fp32"), where="here").open(8)
    with pytest.raises(BackendError, match=f"here: .*{message}"):
        run.run(inputs)


def test_an_id_beyond_its_table_is_refused() -> None:
    spec = ALL_STACKS["encoder"]
    run = NativeSession(spec, tensors_of(spec, "fp32")).open(8)
    inputs = random_inputs(spec, 4)
    for bad in (-1, 9):
        inputs["ids"][2] = bad
        with pytest.raises(BackendError, match="'embedding': an id is not in its"):
            run.run(inputs)


def test_another_signature_is_refused() -> None:
    spec = STREAMED["decoder"]
    other = signature_of(STREAMED["vocoder"])
    with pytest.raises(BackendError, match=r"differ in .*; build the pack again"):
        NativeSession(spec, tensors_of(spec, "fp32"), other)


def test_a_stream_of_many_gigabytes_is_refused() -> None:
    layers = (
        Upsample(name="wide", inputs=("x",), factor=4096),
        Linear(name="rows", inputs=("wide",), channels=1 << 14),
        Linear(name="y", inputs=("rows",), channels=1),
    )
    spec = StackSpec("vast", (StackInput("x", 1),), layers, ("y",))
    session = NativeSession(spec, random_tensors(spec))
    with pytest.raises(BackendError, match="MiB, at most 2048 are allowed"):
        session.open(48)


def test_a_delay_beyond_32_bits_is_refused() -> None:
    layers = (
        # 2**32 rows, which 32 bits would take for none.
        Delay(name="late", inputs=("x",), rows=1 << 20),
        Upsample(name="fast", inputs=("late",), factor=4096),
        DepthwiseConv(name="y", inputs=("fast",), kernel_size=3),
    )
    spec = StackSpec("late", (StackInput("x", 1),), layers, ("y",))
    session = NativeSession(spec, random_tensors(spec))
    with pytest.raises(BackendError, match="lags by 4294967296 rows"):
        session.open(1)


def test_closed_sessions_and_runs_are_refused() -> None:
    spec = StackSpec(
        "s",
        (StackInput("x", 3),),
        (Linear(name="y", inputs=("x",), channels=2),),
        ("y",),
    )
    session = NativeSession(spec, tensors_of(spec, "fp32"))
    run = session.open(1)
    run.close()
    with pytest.raises(BackendError, match="the run is closed"):
        run.run(random_inputs(spec, 1))
    session.close()
    with pytest.raises(BackendError, match="the session is closed"):
        session.open(1)
    with pytest.raises(BackendError, match="max_rows must be at least 1"):
        NativeSession(spec, tensors_of(spec, "fp32")).open(0)
