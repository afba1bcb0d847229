"""Int8 layers: exact sums, the same floats on every ISA, for any number of rows."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels import reference
from tests.kernels.kernel_table import (
    KernelTable,
    PackedLayer,
    padded,
    split_quantized,
)
from tests.kernels.rows import normal

SHAPES = [
    # outputs, inputs, taps
    (1, 1, 1),
    (5, 7, 2),
    (16, 8, 1),
    (17, 30, 1),
    (33, 17, 3),
    (48, 9, 1),
    (64, 64, 1),
    (65, 48, 1),
    (100, 65, 1),
    (130, 24, 1),
    (164, 40, 5),
]


def layer_of(
    table: KernelTable, outputs: int, inputs: int, taps: int, gated: bool = False
) -> tuple[PackedLayer, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(outputs * 1000 + inputs)
    rows = outputs * (1 + gated)
    weights = rng.integers(-127, 128, (rows, taps, inputs)).astype(np.int8)
    scale = rng.uniform(0.001, 0.01, rows).astype(np.float32)
    bias = rng.standard_normal(rows).astype(np.float32)
    return table.pack(weights, scale, bias, gated), (weights, scale, bias)


def quantized(table: KernelTable, num_rows: int, taps: int, inputs: int) -> np.ndarray:
    x = normal(inputs, num_rows * taps, inputs)
    return table.quantize("quantize_rows_qs8", x).reshape(num_rows, taps, -1)


def wanted(q: np.ndarray, parts: tuple[np.ndarray, ...], inputs: int) -> np.ndarray:
    values, scale, _ = split_quantized(q, inputs)
    return reference.linear_qs8(values[..., :inputs], scale, *parts)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_equals_reference(table: KernelTable, shape: tuple[int, int, int]) -> None:
    _, inputs, taps = shape
    layer, parts = layer_of(table, *shape)
    for num_rows in (1, 2, 3, 4, 5, 6, 7, 8, 9, 13):
        q = quantized(table, num_rows, taps, inputs)
        np.testing.assert_array_equal(
            table.linear(layer, q), wanted(q, parts, inputs), f"{num_rows} rows"
        )


def test_input_tails(table: KernelTable) -> None:
    for inputs in range(1, 66):
        layer, parts = layer_of(table, 20, inputs, 2)
        q = quantized(table, 3, 2, inputs)
        y = wanted(q, parts, inputs)
        np.testing.assert_array_equal(table.linear(layer, q), y, str(inputs))


def test_output_tails(table: KernelTable) -> None:
    q = quantized(table, 3, 1, 12)
    for outputs in range(1, 66):
        layer, parts = layer_of(table, outputs, 12, 1)
        y = wanted(q, parts, 12)
        np.testing.assert_array_equal(table.linear(layer, q), y, str(outputs))


@pytest.mark.parametrize("weight", [-127, 127])
@pytest.mark.parametrize("value", [-1.0, 1.0])
def test_extreme_sums_do_not_saturate(
    table: KernelTable, weight: int, value: float
) -> None:
    inputs = 2048
    weights = np.full((40, 1, inputs), weight, np.int8)
    ones = np.ones(40, np.float32)
    layer = table.pack(weights, ones, 0 * ones)
    x = np.full((7, inputs), value, np.float32)
    q = table.quantize("quantize_rows_qs8", x).reshape(7, 1, -1)
    exact = np.float32(inputs * weight * 127 * value) * (
        np.float32(1) / np.float32(127)
    )
    np.testing.assert_array_equal(table.linear(layer, q), np.full((7, 40), exact))


def test_one_row_equals_many(table: KernelTable) -> None:
    layer, _ = layer_of(table, 90, 40, 3)
    q = quantized(table, 17, 3, 40)
    whole = table.linear(layer, q)
    for start, stop in ((0, 1), (1, 3), (3, 8), (8, 17)):
        np.testing.assert_array_equal(
            table.linear(layer, q[start:stop]), whole[start:stop]
        )


@pytest.mark.parametrize("gate", ["glu", "tanh", "swiglu"])
@pytest.mark.parametrize("outputs", [1, 15, 16, 17, 32, 33, 50, 96])
def test_gates(table: KernelTable, gate: str, outputs: int) -> None:
    layer, parts = layer_of(table, outputs, 30, 2, gated=True)
    q = quantized(table, 5, 2, 30)
    y = wanted(q, parts, 30)
    np.testing.assert_array_equal(
        table.linear(layer, q, gate=gate),
        reference.gate(gate, y[:, :outputs], y[:, outputs:]),
    )


@pytest.mark.parametrize("activation", ["none", "relu", "gelu", "tanh", "elu"])
def test_epilogue(table: KernelTable, activation: str) -> None:
    layer, parts = layer_of(table, 75, 30, 1)
    q = quantized(table, 7, 1, 30)
    residual, absmax = normal(9, 7, 75), np.zeros(7, np.float32)
    got = table.linear(
        layer, q, activation=activation, alpha=0.5, residual=residual, absmax=absmax
    )
    y = reference.activate(activation, 0.5, wanted(q, parts, 30)) + residual
    np.testing.assert_array_equal(got, y)
    np.testing.assert_array_equal(absmax, np.abs(y).max(axis=1))


def test_not_finite_rows_stay_apart(table: KernelTable) -> None:
    layer, _ = layer_of(table, 70, 24, 1)
    x = normal(3, 5, 24)
    clean = table.linear(layer, table.quantize("quantize_rows_qs8", x)[:, None])
    x[2, 5] = np.nan
    dirty = table.linear(layer, table.quantize("quantize_rows_qs8", x)[:, None])
    assert np.isnan(dirty[2]).all()
    np.testing.assert_array_equal(np.delete(dirty, 2, 0), np.delete(clean, 2, 0))


@pytest.mark.parametrize("gated", [False, True])
def test_unpack_inverts_pack(table: KernelTable, gated: bool) -> None:
    layer, parts = layer_of(table, 83, 21, 3, gated)
    for got, want in zip(table.unpack(layer), parts, strict=True):
        np.testing.assert_array_equal(got, want)


def test_packing_refuses_minus_128(table: KernelTable) -> None:
    weights = np.full((4, 1, 8), -128, np.int8)
    with pytest.raises(ValueError, match="-128"):
        table.pack(weights, np.ones(4, np.float32), None)


def test_padded_inputs_do_not_count(table: KernelTable) -> None:
    layer, parts = layer_of(table, 10, 9, 1)
    q = quantized(table, 2, 1, 9)
    q[..., 9 : padded(9)] = 0
    np.testing.assert_array_equal(table.linear(layer, q), wanted(q, parts, 9))
