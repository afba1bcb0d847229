"""Functions that must not differ between machines."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.backends.native_kernels import native_kernels
from edge_tts.cpu import cpu_features, native_library, supported_isas
from edge_tts.engine.elementary import LN_2, exp, gain_of_decibels, log_of_count

NATIVE = pytest.mark.skipif(
    native_library().handle is None, reason="the kernel library was not built"
)
VALUES = np.linspace(-20.0, 20.0, 4001, dtype=np.float32)


def test_exp_is_exp() -> None:
    expected = np.exp(VALUES.astype(np.float64))
    np.testing.assert_allclose(exp(VALUES), expected, rtol=2e-7)
    assert exp(np.zeros((0,), np.float32)).shape == (0,)
    assert exp(VALUES.reshape(-1, 1)[::7]).shape == (572, 1)


@NATIVE
def test_every_isa_gives_the_same_exp() -> None:
    wanted: NDArray[np.float32] = exp(VALUES)
    for isa in supported_isas(cpu_features()):
        if isa in native_library().built:
            np.testing.assert_array_equal(native_kernels(isa).exp(VALUES), wanted)


def test_no_logarithm_of_a_count_is_near_a_tie() -> None:
    """So that a double logarithm wrong in its last bits still rounds to one float32."""
    counts = np.arange(1, 4097)
    doubles = np.log(counts.astype(np.float64))
    singles = doubles.astype(np.float32)
    other = np.nextafter(singles, np.where(doubles > singles, np.inf, -np.inf))
    middle = (singles.astype(np.float64) + other.astype(np.float32)) / 2.0
    off = np.abs(doubles - middle) / np.spacing(doubles)
    assert off[1:].min() > 16.0  # log(1) is exact
    np.testing.assert_array_equal(log_of_count(counts), singles)


def test_log_of_count_is_the_nearest_float() -> None:
    with localcontext() as context:
        context.prec = 40
        for count in (1, 2, 3, 7, 100, 401, 4096):
            exact = Decimal(count).ln()
            found = Decimal(float(log_of_count(np.array([count]))[0]))
            if exact:
                assert abs(found / exact - 1) < Decimal(2) ** -24


def test_gain() -> None:
    assert gain_of_decibels(0.0) == 1.0
    for decibels in (-60.0, -4.3, 0.1, 6.0, 20.0):
        expected = 10.0 ** (decibels / 20.0)
        assert gain_of_decibels(decibels) == pytest.approx(expected, rel=1e-15)
    with localcontext() as context:
        context.prec = 3  # the caller's own business
        assert gain_of_decibels(6.0) == pytest.approx(10.0**0.3, rel=1e-15)


def test_ln_2() -> None:
    assert math.log(2.0) == LN_2
