"""Layers of four bits: exact sums per group, the same floats on every ISA."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels import reference
from tests.kernels.kernel_table import KernelTable, PackedLayer, split_quantized
from tests.kernels.rows import normal

SHAPES = [
    # outputs, inputs, taps
    (1, 32, 1),
    (16, 64, 1),
    (17, 32, 3),
    (48, 96, 1),
    (64, 64, 1),
    (65, 32, 2),
    (130, 160, 1),
]
Parts = tuple[np.ndarray, np.ndarray, np.ndarray]


def layer_of(
    table: KernelTable, outputs: int, inputs: int, taps: int, gated: bool = False
) -> tuple[PackedLayer, Parts]:
    rng = np.random.default_rng(outputs * 1000 + inputs)
    rows = outputs * (1 + gated)
    weights = rng.integers(-8, 8, (rows, taps, inputs)).astype(np.int8)
    scale = rng.uniform(-0.1, 0.1, (rows, taps, inputs // 32)).astype(np.float32)
    halves = (scale.view(np.uint32) >> 16).astype(np.uint16)
    bias = rng.standard_normal(rows).astype(np.float32)
    layer = table.pack(weights, halves, bias, gated)
    return layer, (weights, reference.from_bf16(halves), bias)


def quantized(table: KernelTable, num_rows: int, taps: int, inputs: int) -> np.ndarray:
    x = normal(inputs, num_rows * taps, inputs)
    return table.quantize("quantize_rows_qs8", x).reshape(num_rows, taps, -1)


def wanted(q: np.ndarray, parts: Parts, inputs: int) -> np.ndarray:
    values, scale, _ = split_quantized(q, inputs)
    return reference.linear_q4(values, scale, *parts)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_equals_reference(table: KernelTable, shape: tuple[int, int, int]) -> None:
    _, inputs, taps = shape
    layer, parts = layer_of(table, *shape)
    for num_rows in (1, 2, 3, 4, 5, 6, 7, 8, 9, 13):
        q = quantized(table, num_rows, taps, inputs)
        np.testing.assert_array_equal(
            table.linear(layer, q), wanted(q, parts, inputs), f"{num_rows} rows"
        )


@pytest.mark.parametrize("weight", [-8, 7])
@pytest.mark.parametrize("value", [-1.0, 1.0])
def test_extreme_sums_do_not_saturate(
    table: KernelTable, weight: int, value: float
) -> None:
    inputs = 4096
    weights = np.full((40, 1, inputs), weight, np.int8)
    ones = np.full((40, 1, inputs // 32), 0x3F80, np.uint16)
    layer = table.pack(weights, ones, None)
    x = np.full((5, inputs), value, np.float32)
    q = table.quantize("quantize_rows_qs8", x).reshape(5, 1, -1)
    exact = np.float32(inputs * weight * 127 * value) * (
        np.float32(1) / np.float32(127)
    )
    np.testing.assert_array_equal(table.linear(layer, q), np.full((5, 40), exact))


def test_rows_too_many_for_one_go(table: KernelTable) -> None:
    layer, parts = layer_of(table, 20, 1024, 8)  # 256 groups: 32 rows at a time
    q = quantized(table, 70, 8, 1024)
    residual, absmax = normal(9, 70, 20), np.zeros(70, np.float32)
    got = table.linear(layer, q, residual=residual, absmax=absmax)
    np.testing.assert_array_equal(got, wanted(q, parts, 1024) + residual)
    np.testing.assert_array_equal(absmax, np.abs(got).max(axis=1))


@pytest.mark.parametrize("gate", ["glu", "tanh", "swiglu"])
@pytest.mark.parametrize("outputs", [1, 16, 17, 50, 96])
def test_gates(table: KernelTable, gate: str, outputs: int) -> None:
    layer, parts = layer_of(table, outputs, 32, 2, gated=True)
    q = quantized(table, 5, 2, 32)
    y = wanted(q, parts, 32)
    np.testing.assert_array_equal(
        table.linear(layer, q, gate=gate),
        reference.gate(gate, y[:, :outputs], y[:, outputs:]),
    )


@pytest.mark.parametrize(("weight", "inputs"), [(8, 32), (-9, 32), (0, 40)])
def test_packing_refuses(table: KernelTable, weight: int, inputs: int) -> None:
    weights = np.full((4, 1, inputs), weight, np.int8)
    with pytest.raises(ValueError, match="range"):
        table.pack(weights, np.zeros((4, 1, inputs // 32), np.uint16), None)
