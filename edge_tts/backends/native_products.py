"""Products as ops: weights as the kernels pack them, and what is fused with them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.native_lowering import Lowering
from edge_tts.backends.native_ops import OpPlan, Weights
from edge_tts.backends.native_structs import ACTIVATIONS, GATES, OpKind
from edge_tts.errors import BackendError
from edge_tts.network.int4_product import unpack_nibbles
from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.convolution import Conv
from edge_tts.network.layers.dense import Linear, Matrix
from edge_tts.network.layers.elementwise import Add
from edge_tts.network.layers.gate import GatedTanh, Glu, Swiglu
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.product_format import (
    takes_int8_rows,
    weight_format,
    weight_role,
)

MAX_PRODUCT_INPUTS: Final = 65536
"""Taps times inputs: more could overflow an int32 sum."""
Product = Linear | Conv | Matrix | TransposedConv
PRODUCT_OPS: Final = {
    "fp32": OpKind.LINEAR_F32,
    "bf16": OpKind.LINEAR_BF16,
    "int8": OpKind.LINEAR_QS8,
    "int4": OpKind.LINEAR_Q4,
}
"""Format of the weights -> kernel."""


def lower_product(layer: Product, low: Lowering) -> None:
    """A product, with the activation or gate and the sum that follow it."""
    format_ = weight_format(layer, low.tensors)
    assert format_ is not None
    op = OpPlan(PRODUCT_OPS[format_], -1, layer=layer.name)
    if isinstance(layer, Conv):
        op.num_taps, op.dilation = layer.kernel_size, layer.dilation
        op.centred = not layer.streamable
    elif isinstance(layer, TransposedConv):
        op.num_taps = layer.num_taps
    op.weights = _weights(layer, low, format_)
    source = layer.inputs[0]
    if takes_int8_rows(layer, low.tensors):
        op.inputs = (low.quantized_view(source),)
    else:
        op.inputs = (low.view(source),)
    last: Layer = layer
    after = low.sole_consumer(last.name)
    if isinstance(layer, TransposedConv):
        # Its rows are several rows of the value: what follows does not see them so.
        op.out = low.wide_destination(layer, layer.stride)
        low.add(op)
        low.finish_value(layer.name)
        return
    if isinstance(after, Activation):
        op.activation, op.alpha = ACTIVATIONS[after.function], activation_alpha(after)
        last = after
    elif isinstance(after, GatedTanh | Glu | Swiglu):
        op.gate = GATES[after.kind]
        last = after
    scale = 1.0
    after = low.sole_consumer(last.name)
    if isinstance(after, Add) and len(after.inputs) == 2:
        (other,) = (name for name in after.inputs if name != last.name)
        if low.is_done(other):
            op.residual = low.view(other)
            last, scale = after, after.scale
    op.out = low.destination(last.name)
    low.add(op)
    for fused in _path(layer, last, low):
        low.finish_value(fused)
    if scale != 1.0:
        low.add(OpPlan(OpKind.SCALE, op.out, (op.out,), alpha=scale, layer=last.name))
    low.finish_value(last.name, op if scale == 1.0 else None)


def activation_alpha(layer: Activation) -> float:
    """Returns the alpha of ``et_activation`` for an activation."""
    return layer.slope if layer.function == "leaky_relu" else 1.0


def _weights(layer: Product, low: Lowering, format_: str) -> Weights:
    role = weight_role(layer)
    assert role is not None
    weight = low.own_tensor(layer, role)
    scale, bias = low.own_tensor(layer, "weight_scale"), low.own_tensor(layer, "bias")
    assert weight is not None
    if format_ == "int4":
        weight = unpack_nibbles(weight)
    if isinstance(layer, TransposedConv):
        weight = layer.expand(weight)
        if scale is not None:
            grouped = scale.ndim > 1
            scale = layer.expand(scale) if grouped else np.tile(scale, layer.stride)
        bias = None if bias is None else np.tile(bias, layer.stride)
    taps = weight.reshape(-1, *weight.shape[-2:])
    if taps.shape[0] * taps.shape[1] > MAX_PRODUCT_INPUTS:
        raise BackendError(
            f"backend native: layer {layer.name!r} adds {taps.shape[:2]} numbers, "
            f"expected at most {MAX_PRODUCT_INPUTS}; use another backend"
        )
    if format_ == "int4" and scale is not None:
        scale = _by_output(scale)
    return Weights(format_, _by_output(taps), scale, bias)


def _by_output(tensor: NDArray[Any]) -> NDArray[Any]:
    """Returns ([taps,] inputs, outputs) as (outputs, taps, inputs)."""
    taps = tensor.reshape(-1, *tensor.shape[-2:])
    return np.ascontiguousarray(taps.transpose(2, 0, 1))


def _path(first: Layer, last: Layer, low: Lowering) -> list[str]:
    """Names of the values between a product and the end of what is fused with it."""
    names = []
    layer: Layer | None = first
    while layer is not None and layer is not last:
        names.append(layer.name)
        layer = low.sole_consumer(layer.name)
    return names
