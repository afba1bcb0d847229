"""Quantised rows equal the NumPy oracle, byte for byte."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels import reference
from tests.kernels.kernel_table import KernelTable, split_quantized
from tests.kernels.rows import LENGTHS, Floats, extreme, normal

EPSILON = 1e-5


def check(table: KernelTable, x: Floats) -> None:
    channels = x.shape[1]
    with np.errstate(all="ignore"):
        wanted = {
            "quantize_rows_qs8": reference.quantize(x),
            "rms_norm_quantize_qs8": reference.quantize(
                *reference.deviations(x, False, EPSILON)
            ),
            "layer_norm_quantize_qs8": reference.quantize(
                *reference.deviations(x, True, EPSILON)
            ),
        }
    for name, (values, scale, sums) in wanted.items():
        argument = None if name == "quantize_rows_qs8" else EPSILON
        rows = table.quantize(name, x, argument)
        got_values, got_scale, got_sums = split_quantized(rows, channels)
        np.testing.assert_array_equal(got_values[:, :channels], values, name)
        assert not got_values[:, channels:].any(), "padding is zeros"
        np.testing.assert_array_equal(got_scale, scale, name)
        np.testing.assert_array_equal(got_sums, sums, name)


def test_equals_reference(table: KernelTable) -> None:
    for channels in LENGTHS:
        check(table, normal(channels, 3, channels))


@pytest.mark.parametrize("kind", extreme(1))
def test_extremes(table: KernelTable, kind: str) -> None:
    for channels in (1, 7, 16, 33, 64, 100):
        check(table, extreme(channels)[kind])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite_stays_visible(table: KernelTable, bad: float) -> None:
    x = normal(1, 2, 40)
    x[1, 17] = bad
    for name, argument in (
        ("quantize_rows_qs8", None),
        ("rms_norm_quantize_qs8", EPSILON),
        ("layer_norm_quantize_qs8", EPSILON),
    ):
        values, scale, sums = split_quantized(table.quantize(name, x, argument), 40)
        assert np.isfinite(scale[0]) and values[0].any()
        assert np.isnan(scale[1]) and not values[1].any() and sums[1] == 0


def test_absmax_from_an_epilogue(table: KernelTable) -> None:
    x = normal(2, 3, 50)
    absmax = np.abs(x).max(axis=1)
    np.testing.assert_array_equal(
        table.quantize("quantize_rows_qs8", x, absmax),
        table.quantize("quantize_rows_qs8", x),
    )
