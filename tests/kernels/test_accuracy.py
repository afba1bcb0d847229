"""The elementary functions keep the error bounds stated in kernels/README.md."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from tests.kernels.kernel_table import ACTIVATIONS, KernelTable

erf = np.vectorize(math.erf)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _gelu_tanh(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


# Function, range, relative bound, absolute bound.
BOUNDS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float, float, float]] = {
    "exp": (np.exp, 80.0, 2e-7, 0.0),
    "tanh": (np.tanh, 12.0, 4e-7, 0.0),
    "sigmoid": (_sigmoid, 40.0, 4e-7, 0.0),
    "silu": (lambda x: x * _sigmoid(x), 40.0, 4e-7, 0.0),
    "gelu": (lambda x: x * (1 + erf(x / math.sqrt(2))) / 2, 10.0, 2e-7, 1e-6),
    "gelu_tanh": (_gelu_tanh, 10.0, 2e-7, 1e-6),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(x)), 20.0, 0.0, 2e-7),
    "sin": (np.sin, 2000.0, 0.0, 1.5e-7),
    "cos": (np.cos, 2000.0, 0.0, 1.5e-7),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_error(table: KernelTable, name: str) -> None:
    function, limit, relative, absolute = BOUNDS[name]
    steps = np.linspace(-limit, limit, 20011)
    fine = np.linspace(-1.0, 1.0, 5001)
    x = np.concatenate([steps, fine]).astype(np.float32)[None]
    y = table.rows("activate_f32", x.shape, ACTIVATIONS.index(name), 1.0, x)
    exact = np.abs(y - function(x.astype(np.float64)))
    if name == "elu":
        exact = np.where(x > 0, 0.0, exact)
    bound = absolute + relative * np.abs(function(x.astype(np.float64)))
    worst = int(np.argmax(exact - bound))
    assert (exact <= bound).all(), (x[0, worst], y[0, worst], exact[0, worst])


def test_gelu_far_out(table: KernelTable) -> None:
    x = np.array([[-np.inf, -1e30, -20.0, 20.0, 1e30]], np.float32)
    y = table.rows("activate_f32", x.shape, ACTIVATIONS.index("gelu"), 1.0, x)
    np.testing.assert_allclose(y, np.maximum(x, 0), rtol=2e-7, atol=1e-6)
