"""Float layers have the oracle's order of sums, hence its bits."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels import reference
from tests.kernels.kernel_table import KernelTable
from tests.kernels.rows import normal

SHAPES = ((1, 1, 7), (2, 3, 5), (5, 1, 33), (8, 2, 4), (13, 1, 6))
"""Rows, taps, inputs."""


def test_equals_reference(table: KernelTable) -> None:
    for outputs in (*range(1, 35), 48, 63, 64, 65, 100, 129):
        for num_rows, taps, inputs in SHAPES:
            weights = normal(outputs, outputs, taps, inputs)
            bias = normal(outputs + 1, outputs)
            x = normal(num_rows, num_rows, taps, inputs)
            layer = table.pack(weights, None, bias)
            np.testing.assert_array_equal(
                table.linear(layer, x), reference.linear_f32(x, weights, bias)
            )


@pytest.mark.parametrize("gate", ["glu", "tanh", "swiglu"])
def test_gates(table: KernelTable, gate: str) -> None:
    for outputs in (1, 16, 17, 32, 40):
        weights, bias = normal(5, 2 * outputs, 2, 9), normal(6, 2 * outputs)
        x = normal(7, 7, 2, 9)
        y = reference.linear_f32(x, weights, bias)
        np.testing.assert_array_equal(
            table.linear(table.pack(weights, None, bias, True), x, gate=gate),
            reference.gate(gate, y[:, :outputs], y[:, outputs:]),
        )


def test_without_bias(table: KernelTable) -> None:
    weights, x = normal(1, 19, 1, 8), normal(2, 3, 1, 8)
    np.testing.assert_array_equal(
        table.linear(table.pack(weights, None, None), x),
        reference.linear_f32(x, weights, np.zeros(19, np.float32)),
    )
