"""StackSpec + tensors -> what the native backend runs: int8 weights, folded norms."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.int8_product import PRODUCT_LAYERS, quantize_weight
from edge_tts.network.layer import Layer
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.normalization import LayerNorm, RmsNorm
from edge_tts.network.stack_spec import StackSpec

Tensors = dict[str, NDArray[Any]]


def build_native_int8(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    float_layers: Set[str] = frozenset(),
) -> tuple[StackSpec, Tensors]:
    """Returns the network as the native backend runs it in int8.

    Gain and bias of a norm move into the products behind it where all its readers are
    such products; then each weight is quantised per output channel. Activations need no
    calibration: the kernels scale every row by its own largest magnitude.

    Args:
        spec: the network.
        tensors: its float32 tensors.
        float_layers: names of linear and conv layers to leave in float32.

    Raises:
        StackSpecError: tensors do not fit the spec.
    """
    spec.check_tensors(tensors)
    spec, folded = fold_norms(spec, tensors)
    result = dict(folded)
    for layer in spec.layers:
        if isinstance(layer, PRODUCT_LAYERS) and layer.name not in float_layers:
            integers, scales = quantize_weight(folded[f"{layer.name}.weight"])
            result[f"{layer.name}.weight"] = integers
            result[f"{layer.name}.weight_scale"] = scales
    spec.check_tensors(result)
    return spec, result


def fold_norms(
    spec: StackSpec, tensors: Mapping[str, NDArray[Any]]
) -> tuple[StackSpec, Tensors]:
    """Moves gain and bias of norms into the products that read them.

    A bias cannot move into a convolution: beyond the first row the convolution sees
    zeros, not biases. Such a norm keeps both.
    """
    result = dict(tensors)
    layers: dict[str, Layer] = {layer.name: layer for layer in spec.layers}
    for norm in spec.layers:
        if not isinstance(norm, LayerNorm | RmsNorm) or not norm.affine:
            continue
        readers = [layer for layer in spec.layers if norm.name in layer.inputs]
        bias = result.get(f"{norm.name}.bias")
        foldable = norm.name not in spec.outputs and all(
            isinstance(layer, Linear)
            or (isinstance(layer, PRODUCT_LAYERS) and not _any(bias))
            for layer in readers
        )
        if not readers or not foldable:
            continue
        gain = result.pop(f"{norm.name}.gain")
        result.pop(f"{norm.name}.bias", None)
        layers[norm.name] = norm.replace(affine=False)
        for layer in readers:
            layers[layer.name] = _fold(layers[layer.name], result, gain, bias)
    return replace(spec, layers=tuple(layers.values())), result


def _fold(
    layer: Layer, tensors: Tensors, gain: NDArray[Any], bias: NDArray[Any] | None
) -> Layer:
    weight = tensors[f"{layer.name}.weight"]
    tensors[f"{layer.name}.weight"] = weight * gain[:, None]
    if bias is None or not _any(bias):
        return layer
    shift = bias.astype(np.float64) @ weight.astype(np.float64)
    known = tensors.get(f"{layer.name}.bias", np.float32(0))
    tensors[f"{layer.name}.bias"] = (known + shift).astype(np.float32)
    return layer.replace(bias=True)


def _any(bias: NDArray[Any] | None) -> bool:
    return bias is not None and bool(bias.any())
