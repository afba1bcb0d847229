"""In which format a layer's weight is stored, hence how its product is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.bf16_product import from_bf16
from edge_tts.network.int4_product import GROUP, compute_int4
from edge_tts.network.int8_product import PRODUCT_LAYERS, compute_int8
from edge_tts.network.layer import FloatRows, Layer, Shape
from edge_tts.network.layers.dense import Matrix

FORMATS: Final = {
    np.dtype(np.float32): "fp32",
    np.dtype(np.uint16): "bf16",
    np.dtype(np.int8): "int8",
    np.dtype(np.uint8): "int4",
}
"""Type of the stored weight -> format; uint16 holds bfloat16, uint8 two inputs each."""


def weight_role(layer: Layer) -> str | None:
    """Returns the role of the weight of a product, None for other layers."""
    if isinstance(layer, Matrix):
        return "matrix"
    return "weight" if isinstance(layer, PRODUCT_LAYERS) else None


def weight_format(layer: Layer, tensors: Mapping[str, NDArray[Any]]) -> str | None:
    """Returns the format of a product's weight, None for other layers.

    A matrix may be fp32 or bf16 only. An unknown type counts as fp32, which the check
    of the tensors then refuses.
    """
    role = weight_role(layer)
    if role is None:
        return None
    name = f"{layer.name}.{role}"
    if name not in tensors:
        return "fp32"
    found = FORMATS.get(tensors[name].dtype, "fp32")
    if role == "matrix" and found in ("int8", "int4"):
        return "fp32"
    return found


def takes_int8_rows(layer: Layer, tensors: Mapping[str, NDArray[Any]]) -> bool:
    """Whether a layer reads its input as quantised rows."""
    return weight_format(layer, tensors) in ("int8", "int4")


def stored_tensors(format_: str, role: str, weight: Shape) -> dict[str, Shape]:
    """Returns role -> shape of what a format stores for a weight of a shape.

    Args:
        format_: one of the values of ``FORMATS``.
        role: of the weight.
        weight: (inputs, channels) or (taps, inputs, channels).
    """
    *taps, inputs, channels = weight
    if format_ == "int8":
        return {role: weight, f"{role}_scale": (channels,)}
    if format_ == "int4":
        return {
            role: (*taps, inputs // 2, channels),
            f"{role}_scale": (*taps, inputs // GROUP, channels),
        }
    return {role: weight}


def compute_product(
    layer: Layer,
    rows: FloatRows,
    tensors: Mapping[str, NDArray[Any]],
    states: Mapping[str, FloatRows],
    format_: str,
) -> tuple[FloatRows, dict[str, FloatRows]]:
    """Runs a product in the format its weight is stored in.

    Args:
        layer: a layer with a :func:`weight_role`.
        rows: its input.
        tensors: by role, as stored.
        states: by role.
        format_: what :func:`weight_format` says.
    """
    if isinstance(layer, PRODUCT_LAYERS) and format_ == "int8":
        return compute_int8(layer, rows, tensors, states)
    if isinstance(layer, PRODUCT_LAYERS) and format_ == "int4":
        return compute_int4(layer, rows, tensors, states)
    if format_ == "bf16":
        role = weight_role(layer)
        assert role is not None
        tensors = {**tensors, role: from_bf16(tensors[role])}
    return layer.compute([rows], tensors, states)
