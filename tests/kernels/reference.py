"""NumPy version of every kernel, the tests' oracle: written apart from the C code.

Floats are exact to the bit: products that are added are fused, sums have the kernels'
order. Arrays are (rows, channels) float32.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
F32 = np.float32
ONE, HALF = F32(1), F32(0.5)


def fma(a: Floats, b: Floats, c: Floats) -> Floats:
    """a * b + c, rounded once.

    The product of two floats is exact in double. The sum is rounded to odd there, so
    that rounding it again to float gives what one rounding would have given.
    """
    product = np.multiply(a, b, dtype=np.float64)
    addend = np.broadcast_to(np.asarray(c, np.float64), product.shape)
    total = product + addend
    virtual = total - product
    error = (product - (total - virtual)) + (addend - virtual)
    bits = np.atleast_1d(total).view(np.int64).reshape(total.shape).copy()
    inexact = np.isfinite(total) & (error != 0) & (bits & 1 == 0)
    away = (error > 0) == (total > 0)
    bits[inexact] += np.where(away, 1, -1)[inexact]
    with np.errstate(over="ignore"):
        return bits.view(np.float64).astype(F32)


def clamp(x: Floats, low: float, high: float) -> Floats:
    x = np.where(F32(low) > x, F32(low), x)
    return np.where(F32(high) < x, F32(high), x)


def horner(x: Floats, coefficients: tuple[float, ...]) -> Floats:
    """Highest power first."""
    result = np.full_like(x, F32(coefficients[0]))
    for coefficient in coefficients[1:]:
        result = fma(result, x, F32(coefficient))
    return result


def exp(x: Floats) -> Floats:
    x = clamp(x, -87.0, 88.0)
    n = np.rint(x * F32(1.442695041))
    r = fma(-n, F32(6.928710938e-01), x)
    r = fma(-n, F32(2.760868229e-04), r)
    p = horner(
        r,
        (
            1.381458365e-03,
            8.368724026e-03,
            4.166838899e-02,
            1.666652113e-01,
            4.999999404e-01,
        ),
    )
    return np.ldexp(fma(p, r * r, r + ONE), np.nan_to_num(n).astype(np.int32))


def sigmoid(x: Floats) -> Floats:
    return ONE / (ONE + exp(-x))


def silu(x: Floats) -> Floats:
    return x / (ONE + exp(-x))


def _odd_ratio(
    x: Floats, limit: float, p: tuple[float, ...], q: tuple[float, ...]
) -> Floats:
    x = clamp(x, -limit, limit)
    z = x * x
    return clamp(x * horner(z, p) / horner(z, q), -1.0, 1.0)


def tanh(x: Floats) -> Floats:
    return _odd_ratio(
        x,
        8.5,
        (1.426929153e-08, 2.125109313e-05, 3.534029936e-03, 1.341324896e-01, 1.0),
        (8.145150332e-07, 3.348869795e-04, 2.602276392e-02, 4.674657285e-01, 1.0),
    )


def gelu(x: Floats) -> Floats:
    t = np.where(np.abs(x) > F32(5.6), F32(5.6), np.abs(x))
    p = horner(
        t,
        (
            3.355885610e-06,
            -3.720778841e-05,
            -3.218921847e-05,
            1.610308536e-03,
            -7.643935387e-04,
            -3.188734502e-02,
            -9.146471322e-02,
            9.170042276e-01,
        ),
    )
    for _ in range(3):
        p = p * p
    return fma(-t, p, np.where(x < 0, F32(0), x))


def gelu_tanh(x: Floats) -> Floats:
    inner = x * fma(x * x, F32(3.567740814e-02), F32(7.978845608e-01))
    return fma(HALF * x, tanh(inner), HALF * x)


def sin(x: Floats, quarter_turns: int = 0) -> Floats:
    x = clamp(x, -1e5, 1e5)
    n = np.rint(x * F32(6.366197724e-01))
    r = fma(-n, F32(1.570796371e00), x)
    r = fma(-n, F32(-4.371138829e-08), r)
    r = fma(-n, F32(-1.776356839e-15), r)
    z = r * r
    sine = horner(z, (-1.951519807e-04, 8.332160302e-03, -1.666665524e-01))
    sine = fma(sine, z * r, r)
    cosine = horner(z, (2.443835547e-05, -1.388736651e-03, 4.166664556e-02))
    cosine = fma(cosine, z * z, fma(z, F32(-0.5), ONE))
    quadrant = np.nan_to_num(n).astype(np.int32) + quarter_turns
    value = np.where(quadrant & 1, cosine, sine)
    return np.where(quadrant & 2, -value, value)


def cos(x: Floats) -> Floats:
    return sin(x, 1)


def relu(x: Floats) -> Floats:
    return np.where(x < 0, F32(0), x)


def activate(name: str, alpha: float, x: Floats) -> Floats:
    """The activation of that name."""
    if name == "leaky_relu":
        return np.where(x < 0, F32(alpha) * x, x)
    if name == "elu":
        return np.where(x < 0, F32(alpha) * (exp(x) - ONE), x)
    return x if name == "none" else FUNCTIONS[name](x)


FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "relu": relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "silu": silu,
    "gelu": gelu,
    "exp": exp,
    "sin": sin,
    "cos": cos,
    "gelu_tanh": gelu_tanh,
}


def gate(name: str, a: Floats, b: Floats) -> Floats:
    """The gate of that name."""
    if name == "swiglu":
        return a * silu(b)
    return (tanh(a) if name == "tanh" else a) * sigmoid(b)


def snake(x: Floats, alpha: Floats, inverse_beta: Floats) -> Floats:
    sine = sin(alpha * x)
    return fma(sine * sine, np.broadcast_to(inverse_beta, x.shape), x)


def row_sums(values: Floats, squares: bool = False) -> Floats:
    """Sum (of squares) of each row: 32 partial sums, folded in halves."""
    partial = np.zeros((len(values), 32), F32)
    for start in range(0, values.shape[1], 32):
        block = values[:, start : start + 32]
        part = partial[:, : block.shape[1]]
        part[:] = fma(block, block, part) if squares else part + block
    while partial.shape[1] > 1:
        half = partial.shape[1] // 2
        partial = partial[:, :half] + partial[:, half:]
    return partial


def deviations(x: Floats, centred: bool, epsilon: float) -> tuple[Floats, Floats]:
    """x minus its mean if centred, and 1 / deviation, (rows, 1)."""
    count = F32(x.shape[1])
    d = x - row_sums(x) / count if centred else x
    return d, ONE / np.sqrt(row_sums(d, squares=True) / count + F32(epsilon))


def norm(
    x: Floats, centred: bool, gain: Floats | None, bias: Floats | None, epsilon: float
) -> Floats:
    """LayerNorm if centred, else RMSNorm."""
    d, factor = deviations(x, centred, epsilon)
    ones, zeros = np.ones_like(x), np.zeros_like(x)
    return fma(
        d * factor,
        ones if gain is None else ones * gain,
        zeros if bias is None else zeros + bias,
    )


def softmax(x: Floats) -> Floats:
    e = exp(x - x.max(axis=1, keepdims=True))
    return e * (ONE / row_sums(e))


def quantize(
    x: Floats, factor: Floats | None = None
) -> tuple[NDArray[np.int8], Floats, NDArray[np.int32]]:
    """Values, scale and sum of each row; factor (rows, 1) multiplies the scale."""
    absmax = np.abs(x).max(axis=1, keepdims=True).astype(F32)
    with np.errstate(all="ignore"):
        inverse = F32(127) / absmax
        scale = absmax / F32(127) * (ONE if factor is None else factor)
        values = np.rint(x * inverse)
    empty = ~((absmax >= F32(1e-30)) & (absmax <= np.finfo(F32).max))
    values = np.where(empty, 0, values).astype(np.int8)
    scale = np.where(empty, np.where(absmax < F32(1e-30), F32(0), F32(np.nan)), scale)
    return values, scale[:, 0].astype(F32), values.sum(axis=1, dtype=np.int32)


def linear_qs8(
    q: NDArray[np.int8],
    row_scale: Floats,
    weights: NDArray[np.int8],
    scale: Floats,
    bias: Floats,
) -> Floats:
    """q and weights (rows or outputs, taps, inputs), row_scale (rows, taps)."""
    sums = np.einsum("tik,nik->itn", q.astype(np.int32), weights.astype(np.int32))
    y = np.zeros(sums.shape[1:], F32)
    for tap, products in enumerate(sums):
        y = fma(products.astype(F32), row_scale[:, tap, None], y)
    return fma(y, np.broadcast_to(scale, y.shape), np.broadcast_to(bias, y.shape))


def linear_q4(
    q: NDArray[np.int8],
    row_scale: Floats,
    weights: NDArray[np.int8],
    scale: Floats,
    bias: Floats,
) -> Floats:
    """As linear_qs8; scale (outputs, taps, groups of 32 inputs)."""
    rows, taps, inputs = q.shape
    q, weights = (a.reshape(len(a), taps, inputs // 32, 32) for a in (q, weights))
    sums = np.einsum("tigk,nigk->igtn", q.astype(np.int32), weights.astype(np.int32))
    y = np.zeros((rows, len(weights)), F32)
    for tap in range(taps):
        total = np.zeros_like(y)
        for group in range(inputs // 32):
            column_scale = np.broadcast_to(scale[:, tap, group], y.shape)
            total = fma(sums[tap, group].astype(F32), column_scale, total)
        y = fma(total, row_scale[:, tap, None], y)
    return y + bias


def from_bf16(halves: NDArray[np.uint16]) -> Floats:
    """The floats whose upper halves are given."""
    return (halves.astype(np.uint32) << 16).view(F32)


def linear_f32(x: Floats, weights: Floats, bias: Floats) -> Floats:
    """x (rows, taps, inputs), weights (outputs, taps, inputs)."""
    flat = x.reshape(len(x), -1)
    table = weights.reshape(len(weights), -1)
    y = np.broadcast_to(bias, (len(x), len(bias))).astype(F32)
    for k in range(flat.shape[1]):
        y = fma(flat[:, k, None], table[:, k], y)
    return y


def depthwise_conv(
    x: Floats, weights: Floats, bias: Floats | None, residual: Floats | None
) -> Floats:
    """x (rows, taps, channels), weights (taps, channels)."""
    y = np.zeros(x[:, 0].shape, F32) + (F32(0) if bias is None else bias)
    y = y if residual is None else y + residual
    for tap in range(x.shape[1]):
        y = fma(x[:, tap], np.broadcast_to(weights[tap], y.shape), y)
    return y
