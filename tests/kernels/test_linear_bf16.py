"""Layers with bfloat16 weights give the bits of float layers with those weights."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels import reference
from tests.kernels.kernel_table import KernelTable
from tests.kernels.rows import normal

SHAPES = ((1, 1, 7), (2, 3, 5), (5, 1, 33), (8, 2, 4), (13, 1, 6))
"""Rows, taps, inputs."""


def halves_of(floats: np.ndarray) -> np.ndarray:
    return (floats.view(np.uint32) >> 16).astype(np.uint16)


def test_equals_reference(table: KernelTable) -> None:
    for outputs in (*range(1, 35), 48, 63, 64, 65, 100, 129):
        for num_rows, taps, inputs in SHAPES:
            weights = halves_of(normal(outputs, outputs, taps, inputs))
            bias = normal(outputs + 1, outputs)
            x = normal(num_rows, num_rows, taps, inputs)
            layer = table.pack(weights, None, bias)
            np.testing.assert_array_equal(
                table.linear(layer, x),
                reference.linear_f32(x, reference.from_bf16(weights), bias),
            )


@pytest.mark.parametrize("gate", ["glu", "tanh", "swiglu"])
def test_gates(table: KernelTable, gate: str) -> None:
    for outputs in (1, 16, 17, 32, 40):
        weights, bias = halves_of(normal(5, 2 * outputs, 2, 9)), normal(6, 2 * outputs)
        x = normal(7, 7, 2, 9)
        y = reference.linear_f32(x, reference.from_bf16(weights), bias)
        np.testing.assert_array_equal(
            table.linear(table.pack(weights, None, bias, True), x, gate=gate),
            reference.gate(gate, y[:, :outputs], y[:, outputs:]),
        )
