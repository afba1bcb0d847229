from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.errors import StackSpecError
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackInput, StackSpec
from tests.network.sample_stacks import (
    ALL_STACKS,
    STREAMED,
    chunkings,
    random_inputs,
    random_tensors,
    rows_of,
)


@pytest.mark.parametrize("name", ALL_STACKS)
def test_output_shapes_follow_the_spec(name: str) -> None:
    spec = ALL_STACKS[name]
    outputs, states = run_reference(spec, random_tensors(spec), random_inputs(spec, 8))
    for output, rows in outputs.items():
        value = spec.values[output]
        assert rows.shape == (8 * value.rate, value.channels)
        assert rows.dtype == np.float32
    assert {state: rows.shape for state, rows in states.items()} == dict(spec.states)


@settings(max_examples=25, deadline=None)
@given(spec=st.sampled_from(list(STREAMED.values())), chunks=chunkings)
def test_streamed_equals_whole(spec: StackSpec, chunks: list[int]) -> None:
    tensors = random_tensors(spec)
    inputs = random_inputs(spec, sum(chunks))
    whole, last_states = run_reference(spec, tensors, inputs)
    parts = []
    states = None
    first = 0
    for length in chunks:
        piece = rows_of(spec, inputs, first, first + length)
        outputs, states = run_reference(spec, tensors, piece, states)
        parts.append(outputs)
        first += length
    for name in spec.outputs:
        streamed = np.concatenate([part[name] for part in parts])
        np.testing.assert_allclose(streamed, whole[name], atol=2e-5, rtol=1e-5)
    assert states is not None
    for name, rows in last_states.items():
        np.testing.assert_allclose(states[name], rows, atol=2e-5, rtol=1e-5)


def test_receptive_field_is_exact() -> None:
    spec = STREAMED["decoder"]
    tensors = random_tensors(spec)
    inputs = random_inputs(spec, 60)
    before, _ = run_reference(spec, tensors, inputs)
    inputs["x"][30] += 1
    after, _ = run_reference(spec, tensors, inputs)
    changed = np.flatnonzero(np.abs(after["y"] - before["y"]).max(axis=1))
    # Output row i belongs to input row i - lookahead.
    first, last = changed[0] - spec.lookahead, changed[-1] - spec.lookahead
    assert (30 - first, last - 30) == (spec.right_context, spec.left_context)


def test_tensors_are_checked_by_name_and_shape() -> None:
    spec = STREAMED["decoder"]
    tensors = random_tensors(spec)
    spec.check_tensors(tensors)
    with pytest.raises(StackSpecError, match=r"'y.bias' \(10,\) is missing"):
        spec.check_tensors({k: v for k, v in tensors.items() if k != "y.bias"})
    with pytest.raises(StackSpecError, match=r"'y.bias' is \(9,\), expected \(10,\)"):
        spec.check_tensors({**tensors, "y.bias": np.zeros(9, np.float32)})
    with pytest.raises(StackSpecError, match="'z' belongs to no layer"):
        spec.check_tensors({**tensors, "z": np.zeros(9, np.float32)})


def test_wrong_input_is_named() -> None:
    spec = STREAMED["decoder"]
    with pytest.raises(StackSpecError, match=r"'x' is \(3, 5\) float32.*\(T, 12\)"):
        run_reference(spec, random_tensors(spec), {"x": np.zeros((3, 5), np.float32)})


@settings(max_examples=40, deadline=None)
@given(
    stride=st.integers(1, 4),
    kernel_size=st.integers(1, 9),
    padding=st.integers(0, 8),
    num_rows=st.integers(1, 6),
)
def test_transposed_conv_is_the_sum_it_says(
    stride: int, kernel_size: int, padding: int, num_rows: int
) -> None:
    layer = TransposedConv(
        name="y",
        inputs=("x",),
        channels=3,
        kernel_size=kernel_size,
        stride=stride,
        padding=min(padding, kernel_size - 1),
    )
    spec = StackSpec("s", (StackInput("x", 2),), (layer,), ("y",))
    tensors, inputs = random_tensors(spec), random_inputs(spec, num_rows)
    expected = np.tile(tensors["y.bias"], (num_rows * stride + 40, 1))
    for row in range(num_rows):
        for tap in range(kernel_size):
            target = row * stride + tap - layer.padding
            if target >= 0:
                expected[target] += inputs["x"][row] @ tensors["y.weight"][tap]
    flush = np.zeros((spec.lookahead, 2), np.float32)
    outputs, _ = run_reference(spec, tensors, {"x": np.vstack([inputs["x"], flush])})
    found = outputs["y"][spec.lookahead * stride :]
    np.testing.assert_allclose(found, expected[: num_rows * stride], atol=1e-5)
