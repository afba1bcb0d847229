"""Linear and conv products with weights of four bits, in NumPy: the definition.

Groups of 32 inputs of an output channel share a scale, a bfloat16; a weight is an
integer of -8 to 7 times its scale. Activations are int8, symmetric per row and measured
row by row. A file holds two inputs in a byte, see :func:`pack_nibbles`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.bf16_product import from_bf16, round_to_bf16
from edge_tts.network.int8_product import ProductLayer, open_window, quantize_rows
from edge_tts.network.layer import FloatRows
from edge_tts.network.layers.transposed_conv import TransposedConv

GROUP: Final = 32
"""Inputs that share a scale; the inputs of a layer are a multiple of it."""
_LARGEST: Final = 8
_SHRINKS: Final = (1.0, 0.94, 0.88, 0.82, 0.76)
"""Factors of the scale among which the smallest error is looked for."""


def quantize_groups(
    weight: FloatRows,
) -> tuple[NDArray[np.int8], NDArray[np.uint16]]:
    """Quantises a weight in groups of inputs.

    The weight of largest magnitude of a group becomes -8, so that a scale may be
    negative; of a few smaller scales that clip it, the one of least squared error wins.

    Args:
        weight: (taps, inputs, channels) float32, inputs a multiple of ``GROUP``.

    Returns:
        Integers of the same shape and scales (taps, inputs / GROUP, channels), bfloat16
        as uint16.
    """
    taps, inputs, channels = weight.shape
    groups = weight.reshape(taps, inputs // GROUP, GROUP, channels)
    at = np.abs(groups).argmax(axis=2, keepdims=True)
    largest = np.take_along_axis(groups, at, axis=2)
    best = np.zeros(groups.shape, np.int8)
    scales = np.zeros(largest.shape, np.uint16)
    least = np.full(largest.shape, np.inf)
    for shrink in _SHRINKS:
        halves = round_to_bf16(largest * np.float32(shrink / -_LARGEST))
        scale = from_bf16(halves)
        safe = np.where(scale == 0, np.float32(1), scale)
        integers = np.clip(np.rint(groups / safe), -_LARGEST, _LARGEST - 1)
        error = np.square(groups - integers * scale).sum(axis=2, keepdims=True)
        better = error < least
        least = np.where(better, error, least)
        scales = np.where(better, halves, scales)
        best = np.where(better, integers.astype(np.int8), best)
    return best.reshape(weight.shape), scales[:, :, 0]


def pack_nibbles(integers: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Packs (..., inputs, channels) of -8 to 7 into (..., inputs / 2, channels).

    A byte holds an even input in its low half and the next in its high half, both
    plus 8.
    """
    nibbles = (integers + np.int8(_LARGEST)).view(np.uint8)
    packed: NDArray[np.uint8] = nibbles[..., 0::2, :] | (
        nibbles[..., 1::2, :] << np.uint8(4)
    )
    return packed


def unpack_nibbles(packed: NDArray[Any]) -> NDArray[np.int8]:
    """The inverse of :func:`pack_nibbles`."""
    pairs = np.stack([packed & 15, packed >> 4], axis=-2).astype(np.int8)
    *outer, half, _, channels = pairs.shape
    nibbles: NDArray[np.int8] = pairs.reshape(*outer, 2 * half, channels)
    integers: NDArray[np.int8] = nibbles - np.int8(_LARGEST)
    return integers


def compute_int4(
    layer: ProductLayer,
    rows: FloatRows,
    tensors: Mapping[str, NDArray[Any]],
    states: Mapping[str, FloatRows],
) -> tuple[FloatRows, dict[str, FloatRows]]:
    """Runs a product with weights of four bits.

    Args:
        layer: the layer.
        rows: its input.
        tensors: by role; ``weight`` uint8 and ``weight_scale`` uint16 as they are
            stored, ``bias`` float32.
        states: by role, float32 as for the float layer.
    """
    window, next_states, dilation = open_window(layer, rows, states)
    weight, rate = unpack_nibbles(tensors["weight"]), 1
    scale = from_bf16(tensors["weight_scale"])
    if isinstance(layer, TransposedConv):
        weight, scale, rate = layer.expand(weight), layer.expand(scale), layer.stride
    columns = rate * layer.channels
    weight = weight.reshape(-1, rows.shape[1] // GROUP, GROUP, columns)
    scale = scale.reshape(-1, rows.shape[1] // GROUP, columns)
    integers, row_scales = quantize_rows(window)
    grouped = integers.reshape(len(window), -1, GROUP).astype(np.float64)
    total = np.zeros((len(rows), columns), np.float32)
    for tap, (tap_weight, tap_scale) in enumerate(zip(weight, scale, strict=True)):
        part = slice(tap * dilation, tap * dilation + len(rows))
        # float64 holds the sums exactly and uses BLAS, which int32 does not.
        sums = np.einsum("tgk,gkn->gtn", grouped[part], tap_weight.astype(np.float64))
        inner = np.zeros_like(total)
        for group, group_scale in enumerate(tap_scale):
            inner = np.float32(sums[group] * group_scale + inner.astype(np.float64))
        factors = row_scales[part, None].astype(np.float64)
        total = np.float32(inner * factors + total.astype(np.float64))
    total = total.reshape(-1, layer.channels)
    return (total + tensors["bias"] if layer.bias else total), next_states
