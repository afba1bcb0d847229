"""Norms, convolutions, activations and arithmetic have the oracle's bits."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels import reference
from tests.kernels.kernel_table import ACTIVATIONS, GATES, KernelTable
from tests.kernels.rows import LENGTHS, Floats, extreme, normal


def check_rows(table: KernelTable, x: Floats) -> None:
    shape = x.shape
    num_rows, channels = shape
    a, b, c = (normal(seed, *shape) for seed in (1, 2, 3))
    gain, bias = a[0].copy(), b[0].copy()

    def check(name: str, wanted: Floats, *arguments: object) -> None:
        np.testing.assert_array_equal(table.rows(name, shape, *arguments), wanted, name)

    check("add_f32", x + a, x, a)
    check("mul_f32", x * a, x, a)
    two, three = np.float32(1.7), np.float32(-0.3)
    check("scale_f32", reference.fma(x, two, three), x, two, three)
    check("affine_f32", reference.fma(x, gain, bias), x, gain, bias)
    check("film_f32", reference.fma(x, a, b), x, a, b)
    check("clamp_f32", reference.clamp(x, -1.0, 2.5), x, -1.0, 2.5)
    check("snake_f32", reference.snake(x, gain, bias), x, gain, bias)
    for centred, name in ((False, "rms_norm_f32"), (True, "layer_norm_f32")):
        for ends in ((gain, bias), (gain, None), (None, None)):
            check(name, reference.norm(x, centred, *ends, 1e-5), x, *ends, 1e-5)
    check("softmax_f32", reference.softmax(x), x)
    for index, activation in enumerate(ACTIVATIONS):
        wanted = reference.activate(activation, 0.3, x)
        check("activate_f32", wanted, index, 0.3, x)
    for index, gate in enumerate(GATES[1:], start=1):
        check("gate_f32", reference.gate(gate, x, a), index, x, a)
    taps = np.concatenate([x, a, b, c, -x]).reshape(num_rows, 5, channels)
    flat = taps.reshape(-1, channels)
    kernel = normal(4, 5, channels)
    for ends in ((bias, a), (None, None)):
        wanted = reference.depthwise_conv(taps, kernel, *ends)
        check("depthwise_conv_f32", wanted, 5, flat, kernel.reshape(-1), *ends)


def test_equals_reference(table: KernelTable) -> None:
    for channels in LENGTHS:
        check_rows(table, normal(channels, 2, channels))


def test_depthwise_convolution_of_many_rows(table: KernelTable) -> None:
    for channels in (64, 80, 150):
        x = normal(channels, 9 * 3, channels)
        kernel, bias = normal(1, 3, channels), normal(2, 1, channels)[0]
        wanted = reference.depthwise_conv(x.reshape(9, 3, -1), kernel, bias, None)
        arguments = (3, x, kernel.reshape(-1), bias, None)
        found = table.rows("depthwise_conv_f32", (9, channels), *arguments)
        np.testing.assert_array_equal(found, wanted, str(channels))


@pytest.mark.parametrize("kind", extreme(1))
def test_extremes(table: KernelTable, kind: str) -> None:
    with np.errstate(all="ignore"):
        for channels in (1, 17, 33):
            check_rows(table, extreme(channels)[kind])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nan_stays_nan(table: KernelTable, activation: str) -> None:
    x = normal(1, 1, 40)
    x[0, [3, 39]] = np.nan
    y = table.rows("activate_f32", x.shape, ACTIVATIONS.index(activation), 0.3, x)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(x))


def test_softmax_spreads_nan(table: KernelTable) -> None:
    x = normal(1, 2, 37)
    x[1, 20] = np.nan
    y = table.rows("softmax_f32", x.shape, x)
    assert np.isfinite(y[0]).all() and np.isnan(y[1]).all()
