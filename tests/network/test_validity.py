"""Stacks that know the ends of the utterance pad with zeros at every layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.errors import StackSpecError
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.convolution import Conv, Delay
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.elementwise import Add
from edge_tts.network.layers.rearrange import SplitRows, StackRows
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackInput, StackSpec
from tests.network.sample_stacks import padded_vocoder, random_tensors

VALID = StackInput("valid")


def residual_stack(*, streamed: bool) -> StackSpec:
    """Two centred convolutions with biases and a sum, streamed or whole."""

    def conv(name: str, source: str, dilation: int) -> Conv:
        return Conv(
            name=name,
            inputs=(source,),
            channels=4,
            kernel_size=3,
            dilation=dilation,
            padding="causal" if streamed else "same",
            lookahead=dilation if streamed else 0,
        )

    layers = [
        conv("a", "x", 2),
        Activation(name="bent", inputs=("a",), function="leaky_relu", slope=0.1),
        conv("b", "bent", 5),
        *([Delay(name="late", inputs=("a",), rows=5)] if streamed else []),
        Add(name="y", inputs=("late" if streamed else "a", "b")),
    ]
    inputs = (StackInput("x", 3), *((VALID,) if streamed else ()))
    valid = "valid" if streamed else ""
    return StackSpec("s", inputs, tuple(layers), ("y",), valid=valid)


def with_flush(rows: NDArray[np.float32], flush: int) -> dict[str, NDArray[np.float32]]:
    """Rows of an utterance, then noise that must not matter."""
    noise = np.full((flush, rows.shape[1]), 3.0, np.float32)
    marks = np.ones((len(rows) + flush, 1), np.float32)
    marks[len(rows) :] = 0
    return {"x": np.concatenate([rows, noise]), "valid": marks}


@pytest.mark.parametrize("num_rows", [1, 2, 6, 30])
def test_equals_zero_padding_at_both_ends(num_rows: int) -> None:
    whole, streamed = residual_stack(streamed=False), residual_stack(streamed=True)
    tensors = random_tensors(whole)
    tensors["a.bias"] += 1  # What leaks from outside must be seen.
    rows = np.random.default_rng(1).standard_normal((num_rows, 3)).astype(np.float32)
    expected, _ = run_reference(whole, tensors, {"x": rows})
    flush = streamed.lookahead
    assert flush == 7
    found, _ = run_reference(streamed, tensors, with_flush(rows, flush))
    np.testing.assert_allclose(found["y"][flush:], expected["y"], atol=1e-6)
    np.testing.assert_array_equal(found["y"][:flush], 0)
    # Without knowing the ends, the first rows are others.
    open_ended = replace(streamed, inputs=(StackInput("x", 3),), valid="")
    leaking, _ = run_reference(open_ended, tensors, {"x": with_flush(rows, flush)["x"]})
    assert np.abs(leaking["y"][flush:] - expected["y"]).max() > 0.01


def test_json_keeps_the_key_and_older_files_have_none() -> None:
    spec = padded_vocoder()
    assert StackSpec.from_json(spec.to_json()) == spec
    plain = residual_stack(streamed=False)
    assert "valid" not in plain.to_json()
    assert StackSpec.from_json(plain.to_json()) == plain


def test_what_cannot_mark_rows_is_refused() -> None:
    spec = padded_vocoder()
    for wrong in ("nothing", "first", "x"):
        with pytest.raises(StackSpecError, match=f"valid '{wrong}'"):
            replace(spec, valid=wrong)
    layers = (
        StackRows(name="slow", inputs=("x",), factor=2),
        Conv(name="y", inputs=("slow",), channels=2, kernel_size=3, lookahead=1),
    )
    with pytest.raises(StackSpecError, match="do not coincide"):
        StackSpec("s", (StackInput("x", 3), VALID), layers, ("y",), valid="valid")


def test_rows_of_two_input_rows_are_refused() -> None:
    """The end of an utterance may lie within such a row, even if none looks at it."""
    layers = (
        StackRows(name="slow", inputs=("x",), factor=2),
        Linear(name="mixed", inputs=("slow",), channels=4),
        SplitRows(name="fast", inputs=("mixed",), factor=2),
        Conv(name="y", inputs=("fast",), channels=2, kernel_size=3, lookahead=1),
    )
    inputs = (StackInput("x", 3), VALID)
    with pytest.raises(StackSpecError, match=r"'slow' \(1/2\*T, 6\)"):
        StackSpec("s", inputs, layers, ("y",), valid="valid")
