"""Attention, rotary positions, spectra: meaning, geometry and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_tts.errors import StackSpecError
from edge_tts.network.layer import Layer
from edge_tts.network.layers.attention import CrossAttention, SelfAttention
from edge_tts.network.layers.convolution import Conv
from edge_tts.network.layers.istft import Istft
from edge_tts.network.layers.rearrange import Upsample
from edge_tts.network.layers.rotary import Rotary
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackInput, StackSpec

X = StackInput("x", 8)
HELD = StackInput("text", 8, axis="S", max_rows=9)


def stack(*layers: Layer, inputs: tuple[StackInput, ...] = (X,)) -> StackSpec:
    return StackSpec("s", inputs, layers, (layers[-1].name,))


def rows(count: int, seed: int = 0, channels: int = 8) -> Any:
    values = np.random.default_rng(seed).standard_normal((count, channels))
    return values.astype(np.float32)


def past(**changes: Any) -> SelfAttention:
    values: dict[str, Any] = {"heads": 2, "window": 4, **changes}
    return SelfAttention(name="y", inputs=("x", "x", "x"), **values)


def test_equal_keys_give_the_mean_of_what_is_seen() -> None:
    queries = StackInput("q", 8)
    layer = SelfAttention(name="y", inputs=("q", "q", "x"), heads=2, window=3)
    zeros, x = np.zeros((6, 8), np.float32), rows(6)
    found, _ = run_reference(
        stack(layer, inputs=(queries, X)), {}, {"q": zeros, "x": x}
    )
    means = [x[max(0, t - 2) : t + 1].mean(axis=0) for t in range(6)]
    np.testing.assert_allclose(found["y"], means, atol=1e-6)


def test_a_window_is_its_own_left_context() -> None:
    spec = stack(past(window=4))
    assert (spec.left_context, spec.right_context, spec.lookahead) == (3, 0, 0)
    assert spec.states["y.keys"] == (3, 8)


def test_the_axis_of_the_outputs_streams_and_others_are_held() -> None:
    layer = CrossAttention(name="y", inputs=("x", "text", "text"), heads=2)
    spec = stack(layer, inputs=(X, HELD))
    assert spec.axis == "T" and spec.held_inputs == (HELD,)
    assert StackSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (past(heads=3), r"'y' .*\(T, 8\) float32 cannot be split in 3 heads"),
        (past(kv_heads=4), "kv_heads 4 do not divide 2 heads"),
        (past(kv_heads=1), r"expected 4 channels of keys, got \(T, 8\)"),
        (past(window=1), "window must be at least 2"),
        (Rotary(name="y", inputs=("x",), heads=2, channels=3), "cannot turn in pairs"),
        (Rotary(name="y", inputs=("x",), heads=2, pairs="odd"), "must be 'half'"),  # type: ignore[arg-type]
        (Istft(name="y", inputs=("x",), fft_size=8, hop=2), "expected 10 channels"),
        (Istft(name="y", inputs=("x",), fft_size=6, hop=7), "hop 7"),
        (Upsample(name="y", inputs=("x",), factor=0), "factor must be 1 to"),
        (
            CrossAttention(name="y", inputs=("x", "x", "x"), heads=2),
            "lie on the axis of the queries",
        ),
    ],
)
def test_what_does_not_fit_is_named(layer: Layer, message: str) -> None:
    with pytest.raises(StackSpecError, match=message):
        stack(layer)


def test_held_inputs_say_how_many_rows_there_may_be() -> None:
    layer = CrossAttention(name="y", inputs=("x", "text", "text"), heads=2)
    with pytest.raises(StackSpecError, match="'text' on axis S has max_rows 0"):
        stack(layer, inputs=(X, HELD._replace(max_rows=0)))


def test_attention_behind_a_delay_is_refused() -> None:
    ahead = Conv(name="x2", inputs=("x",), channels=8, kernel_size=3, lookahead=2)
    layer = past().replace(inputs=("x2", "x2", "x2"))
    with pytest.raises(StackSpecError, match="lags by 2 rows"):
        stack(ahead, layer)


@pytest.mark.parametrize("pairs", ["half", "interleaved"])
def test_turned_products_depend_on_the_distance_alone(pairs: Any) -> None:
    spec = stack(Rotary(name="y", inputs=("x",), heads=1, pairs=pairs))
    same = np.repeat(rows(1), 12, axis=0)
    turned = run_reference(spec, {}, {"x": same})[0]["y"]
    products = turned @ turned.T
    for distance in range(5):
        diagonal = np.diagonal(products, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(turned[0], same[0])


@pytest.mark.parametrize(("size", "hop"), [(16, 4), (16, 8), (12, 3), (12, 5)])
def test_istft_undoes_the_stft(size: int, hop: int) -> None:
    signal = rows(1, channels=400)[0]
    window = np.hanning(size + 2)[1:-1].astype(np.float32)
    starts = range(0, len(signal) - size, hop)
    spectra = np.fft.rfft([signal[n : n + size] * window for n in starts], axis=1)
    x = np.hstack([spectra.real, spectra.imag]).astype(np.float32)
    layer = Istft(name="y", inputs=("x",), fft_size=size, hop=hop)
    spec = stack(layer, inputs=(StackInput("x", size + 2),))
    found = run_reference(spec, {"y.window": window}, {"x": x})[0]["y"].ravel()
    np.testing.assert_allclose(
        found[size:], signal[size : len(found)], rtol=0, atol=1e-5
    )
