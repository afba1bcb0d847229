"""StackSpec + tensors -> what the native backend runs: stored weights, folded norms."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import StackSpecError
from edge_tts.network.bf16_product import round_to_bf16
from edge_tts.network.int4_product import GROUP, pack_nibbles, quantize_groups
from edge_tts.network.int8_product import PRODUCT_LAYERS, quantize_weight
from edge_tts.network.layer import Layer
from edge_tts.network.layers.dense import Linear, Matrix
from edge_tts.network.layers.normalization import LayerNorm, RmsNorm
from edge_tts.network.product_format import FORMATS, weight_role
from edge_tts.network.stack_spec import StackSpec

Tensors = dict[str, NDArray[Any]]


def build_native(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    default: str,
    exceptions: Mapping[str, str] = MappingProxyType({}),
) -> tuple[StackSpec, Tensors]:
    """Returns the network with weights stored in chosen formats.

    Gain and bias of a norm move into the products behind it where all its readers are
    such products; then each weight is stored in its format. Activations need no
    calibration: the kernels scale every row by its own largest magnitude.

    A layer that its format does not fit takes the next wider one: a matrix bf16 instead
    of int8, a product whose inputs are no multiple of 32 int8 instead of int4.

    Args:
        spec: the network.
        tensors: its float32 tensors.
        default: format of products: ``fp32``, ``bf16``, ``int8`` or ``int4``.
        exceptions: layer name -> format, where it is another.

    Raises:
        StackSpecError: tensors do not fit the spec, an exception names no product, or a
            format is unknown.
    """
    spec.check_tensors(tensors)
    known = {layer.name for layer in spec.layers if weight_role(layer) is not None}
    for name, format_ in {"default": default, **exceptions}.items():
        if format_ not in FORMATS.values():
            raise StackSpecError(
                f"{name}: unknown format {format_!r}, expected one of "
                f"{', '.join(FORMATS.values())}"
            )
    if unknown := sorted(set(exceptions) - known):
        raise StackSpecError(
            f"stack {spec.name!r}: {unknown[0]!r} is no product; expected one of "
            f"{', '.join(sorted(known))}"
        )
    spec, result = fold_norms(spec, tensors)
    for layer in spec.layers:
        role = weight_role(layer)
        if role is not None:
            name = f"{layer.name}.{role}"
            format_ = exceptions.get(layer.name, default)
            result.update(_stored(layer, name, result[name], format_))
    spec.check_tensors(result)
    return spec, result


def build_native_int8(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    float_layers: Set[str] = frozenset(),
) -> tuple[StackSpec, Tensors]:
    """Returns the network in int8 but for the layers named and matrices, in float32."""
    return _build(spec, tensors, "int8", dict.fromkeys(float_layers, "fp32"))


def build_native_bf16(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    exceptions: Mapping[str, str] = MappingProxyType({}),
) -> tuple[StackSpec, Tensors]:
    """Returns the network with bfloat16 weights, see :func:`build_native`."""
    return build_native(spec, tensors, "bf16", exceptions)


def build_native_int4(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    exceptions: Mapping[str, str] = MappingProxyType({}),
) -> tuple[StackSpec, Tensors]:
    """Returns the network in int4 where it fits, else int8; matrices in float32."""
    return _build(spec, tensors, "int4", exceptions)


def _build(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    default: str,
    exceptions: Mapping[str, str],
) -> tuple[StackSpec, Tensors]:
    matrices = [layer.name for layer in spec.layers if isinstance(layer, Matrix)]
    formats = {**dict.fromkeys(matrices, "fp32"), **exceptions}
    return build_native(spec, tensors, default, formats)


def _stored(layer: Layer, name: str, weight: NDArray[Any], format_: str) -> Tensors:
    """Tensors of a weight in a format, or in the next wider one that fits."""
    if format_ == "int4" and weight.shape[-2] % GROUP:
        format_ = "int8"
    if format_ in ("int8", "int4") and isinstance(layer, Matrix):
        format_ = "bf16"
    if format_ == "bf16":
        return {name: round_to_bf16(weight)}
    if format_ == "int8":
        integers, scales = quantize_weight(weight)
        return {name: integers, f"{name}_scale": scales}
    if format_ == "int4":
        groups = weight.reshape(-1, *weight.shape[-2:])
        integers, halves = quantize_groups(groups)
        shape = (*weight.shape[:-2], -1, weight.shape[-1])
        return {
            name: pack_nibbles(integers.reshape(weight.shape)),
            f"{name}_scale": halves.reshape(shape),
        }
    return {name: weight}


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
