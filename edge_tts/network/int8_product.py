"""Linear and conv products in int8, in NumPy: the definition of the native int8 path.

Weights are symmetric per output channel, activations symmetric per row and measured row
by row, so that no chunking can change a result. The int32 sums are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows
from edge_tts.network.layers.convolution import Conv
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.transposed_conv import TransposedConv

ProductLayer = Linear | Conv | TransposedConv
PRODUCT_LAYERS: Final = (Linear, Conv, TransposedConv)
"""The kinds whose product may run in int8."""
LIMIT: Final = 127
"""Largest magnitude of a quantised number, on both sides."""
_TINY: Final = np.float32(1e-30)


def quantize_weight(
    weight: FloatRows, limit: int = LIMIT
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantises a weight per output channel, its last axis.

    Args:
        weight: (..., channels) float32.
        limit: largest magnitude of an integer.

    Returns:
        Integers of the same shape, int8 within +-limit, and scales (channels,) float32
        with weight ~ integers * scale.
    """
    flat = np.abs(weight).reshape(-1, weight.shape[-1])
    scales = (flat.max(axis=0) / np.float32(limit)).astype(np.float32)
    scales[scales == 0] = 1
    integers = np.clip(np.rint(weight / scales), -limit, limit)
    return integers.astype(np.int8), scales


def quantize_rows(rows: FloatRows) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantises each row by its own largest magnitude.

    Returns:
        Integers (rows, channels) int8 and scales (rows,) float32.
    """
    largest = np.abs(rows).max(axis=1, initial=0).astype(np.float32)
    used = largest >= _TINY
    safe = np.where(used, largest, np.float32(1))
    factors = np.where(used, np.float32(LIMIT) / safe, np.float32(0))
    scales = np.where(used, largest / np.float32(LIMIT), np.float32(0))
    integers = np.rint(rows * factors[:, None].astype(np.float32))
    return integers.astype(np.int8), scales.astype(np.float32)


def open_window(
    layer: ProductLayer, rows: FloatRows, states: Mapping[str, FloatRows]
) -> tuple[FloatRows, dict[str, FloatRows], int]:
    """Returns the rows that a product's taps see, the next states, the dilation."""
    if isinstance(layer, Linear):
        return rows, {}, 1
    window, next_states = layer.with_context(rows, states)
    return window, next_states, layer.dilation if isinstance(layer, Conv) else 1


def compute_int8(
    layer: ProductLayer,
    rows: FloatRows,
    tensors: Mapping[str, NDArray[Any]],
    states: Mapping[str, FloatRows],
) -> tuple[FloatRows, dict[str, FloatRows]]:
    """Runs one of ``PRODUCT_LAYERS`` in int8.

    Args:
        layer: the layer.
        rows: its input.
        tensors: by role; ``weight`` int8, ``weight_scale`` and ``bias`` float32.
        states: by role, float32 as for the float layer.
    """
    window, next_states, dilation = open_window(layer, rows, states)
    weight, rate = tensors["weight"], 1
    if isinstance(layer, TransposedConv):
        weight, rate = layer.expand(weight), layer.stride
    weight = weight.reshape(-1, rows.shape[1], rate * layer.channels)
    integers, scales = quantize_rows(window)
    total = np.zeros((len(rows), rate * layer.channels), np.float64)
    for tap, taps_weight in enumerate(weight):
        part = slice(tap * dilation, tap * dilation + len(rows))
        # float64 holds int32 sums exactly and uses BLAS, which int32 does not.
        sums = integers[part].astype(np.float64) @ taps_weight.astype(np.float64)
        total += np.float32(sums) * scales[part, None].astype(np.float64)
        total = np.float32(total).astype(np.float64)
    total = total.reshape(-1, layer.channels)
    bias = tensors["bias"] if layer.bias else np.zeros(layer.channels)
    result = total * tensors["weight_scale"].astype(np.float64) + bias
    return result.astype(np.float32), next_states
