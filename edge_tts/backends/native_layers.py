"""Which ops each layer kind becomes; one function and one line per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.native_lowering import Lowering, norm_fits_quantize
from edge_tts.backends.native_ops import OpList, OpPlan, Weights
from edge_tts.backends.native_products import activation_alpha, lower_product
from edge_tts.backends.native_structs import ACTIVATIONS, GATES, OpKind
from edge_tts.errors import BackendError
from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.attention import CrossAttention, SelfAttention
from edge_tts.network.layers.convolution import Delay, DepthwiseConv
from edge_tts.network.layers.dense import Embedding
from edge_tts.network.layers.elementwise import Add, Affine, Clip
from edge_tts.network.layers.gate import GatedTanh, Glu, Swiglu
from edge_tts.network.layers.istft import Istft
from edge_tts.network.layers.normalization import LayerNorm, MatchRms, RmsNorm
from edge_tts.network.layers.rearrange import (
    Concat,
    Slice,
    SplitRows,
    StackRows,
    Upsample,
)
from edge_tts.network.layers.rotary import Rotary
from edge_tts.network.stack_spec import StackSpec


def lower(spec: StackSpec, tensors: Mapping[str, NDArray[Any]]) -> OpList:
    """Returns the kernel calls that run a network.

    Args:
        spec: the network.
        tensors: as :meth:`StackSpec.check_tensors` accepts them.

    Raises:
        BackendError: a layer kind has no native form.
    """
    lowering = Lowering(spec, tensors)
    for layer in spec.layers:
        if lowering.is_done(layer.name):
            continue  # Fused into an earlier op.
        if spec.values[layer.name].axis != spec.axis:
            raise BackendError(
                f"backend native: layer {layer.name!r} is on axis "
                f"{spec.values[layer.name].axis}, the outputs are on {spec.axis}; "
                "compute it in a stage of its own"
            )
        if layer.kind not in LAYER_OPS:
            raise BackendError(
                f"backend native: layer {layer.name!r}: kind {layer.kind} has no "
                "native form; use another backend"
            )
        LAYER_OPS[layer.kind](layer, lowering)
    return lowering.finish()


def lower_depthwise_conv(layer: DepthwiseConv, low: Lowering) -> None:
    """A window over the ring of its input, with the sum that follows it."""
    op = OpPlan(
        OpKind.DEPTHWISE_CONV, -1, (low.view(layer.inputs[0]),), layer=layer.name
    )
    op.num_taps, op.dilation = layer.kernel_size, layer.dilation
    op.centred = not layer.streamable
    op.tensor = low.own_tensor(layer, "weight")
    op.tensor2 = low.own_tensor(layer, "bias")
    last: Layer = layer
    after = low.sole_consumer(layer.name)
    if isinstance(after, Add) and len(after.inputs) == 2 and after.scale == 1.0:
        (other,) = (name for name in after.inputs if name != layer.name)
        if low.is_done(other):
            op.residual, last = low.view(other), after
    op.out = low.destination(last.name)
    low.add(op)
    if last is not layer:
        low.finish_value(layer.name)
    low.finish_value(last.name)


def lower_norm(layer: LayerNorm | RmsNorm, low: Lowering) -> None:
    """A norm, in one pass with the quantisation where only int8 products follow."""
    fused = norm_fits_quantize(layer, low)
    kinds = {
        ("layer_norm", False): OpKind.LAYER_NORM,
        ("layer_norm", True): OpKind.LAYER_NORM_QUANTIZE,
        ("rms_norm", False): OpKind.RMS_NORM,
        ("rms_norm", True): OpKind.RMS_NORM_QUANTIZE,
    }
    source = low.view(layer.inputs[0])
    out = low.quantized_destination if fused else low.destination
    low.add(
        OpPlan(
            kinds[layer.kind, fused],
            out(layer.name),
            (source,),
            alpha=layer.epsilon,
            tensor=low.own_tensor(layer, "gain"),
            tensor2=low.own_tensor(layer, "bias"),
            layer=layer.name,
        )
    )
    low.finish_value(layer.name)


def lower_match_rms(layer: MatchRms, low: Lowering) -> None:
    """One factor per row."""
    sources = tuple(low.view(name) for name in layer.inputs)
    low.add(
        OpPlan(
            OpKind.MATCH_RMS,
            low.destination(layer.name),
            sources,
            alpha=layer.epsilon,
            beta=layer.limit,
            layer=layer.name,
        )
    )
    low.finish_value(layer.name)


def lower_add(layer: Add, low: Lowering) -> None:
    """Pairwise sums in order, then the factor."""
    _fold(OpKind.ADD, layer, low, layer.scale)


def lower_mul(layer: Layer, low: Lowering) -> None:
    """Pairwise products in order."""
    _fold(OpKind.MUL, layer, low, 1.0)


def lower_scale(layer: Layer, low: Lowering) -> None:
    """A gain per channel."""
    op = _unary(OpKind.AFFINE, layer, low)
    op.tensor = low.own_tensor(layer, "gain")
    assert op.tensor is not None
    op.tensor2 = np.zeros_like(op.tensor)
    low.finish_value(layer.name)


def lower_affine(layer: Affine, low: Lowering) -> None:
    """One gain and offset."""
    op = _unary(OpKind.SCALE, layer, low)
    op.alpha, op.beta = layer.gain, layer.offset
    low.finish_value(layer.name)


def lower_clip(layer: Clip, low: Lowering) -> None:
    """Limits."""
    op = _unary(OpKind.CLAMP, layer, low)
    op.alpha, op.beta = layer.minimum, layer.maximum
    low.finish_value(layer.name)


def lower_film(layer: Layer, low: Lowering) -> None:
    """The kernel takes the whole gain, so 1 is added first."""
    rows, condition = (low.view(name) for name in layer.inputs)
    width = low.spec.values[layer.name].channels
    gain = low.scratch(f"{layer.name}.gain", layer.name)
    half = low.slice_of(condition, 0, width)
    low.add(OpPlan(OpKind.SCALE, gain, (half,), alpha=1.0, beta=1.0, layer=layer.name))
    offset = low.slice_of(condition, width, width)
    low.add(
        OpPlan(
            OpKind.FILM,
            low.destination(layer.name),
            (rows, gain, offset),
            layer=layer.name,
        )
    )
    low.finish_value(layer.name)


def lower_activation(layer: Activation, low: Lowering) -> None:
    """An activation that follows no product."""
    op = _unary(OpKind.ACTIVATE, layer, low)
    op.activation, op.alpha = ACTIVATIONS[layer.function], activation_alpha(layer)
    low.finish_value(layer.name)


def lower_snake(layer: Layer, low: Lowering) -> None:
    """Snake with its two tensors."""
    op = _unary(OpKind.SNAKE, layer, low)
    op.tensor = low.own_tensor(layer, "frequency")
    op.tensor2 = low.own_tensor(layer, "strength")
    low.finish_value(layer.name)


def lower_gate(layer: GatedTanh | Glu | Swiglu, low: Lowering) -> None:
    """A gate that follows no product."""
    rows = low.view(layer.inputs[0])
    width = low.spec.values[layer.name].channels
    halves = (low.slice_of(rows, 0, width), low.slice_of(rows, width, width))
    low.add(
        OpPlan(
            OpKind.GATE,
            low.destination(layer.name),
            halves,
            gate=GATES[layer.kind],
            layer=layer.name,
        )
    )
    low.finish_value(layer.name)


def lower_concat(layer: Concat, low: Lowering) -> None:
    """Copies of the inputs that were not written in place."""
    whole = low.destination(layer.name)
    start = 0
    for name in layer.inputs:
        width = low.spec.values[name].channels
        part = low.slice_of(whole, start, width)
        start += width
        source = low.view(name)
        if low.list.views[source] != low.list.views[part]:
            low.add(OpPlan(OpKind.COPY, part, (source,), layer=layer.name))
    low.finish_value(layer.name)


def lower_alias(layer: Delay | Slice | SplitRows | Upsample, low: Lowering) -> None:
    """Another view of the same rows, or a copy where they are split already."""
    if low.alias(layer) is None:
        assert isinstance(layer, SplitRows | Upsample)
        source = low.view(layer.inputs[0])
        width = low.spec.values[layer.inputs[0]].channels
        wide = low.wide_destination(layer, layer.factor)
        for copy in range(1 if isinstance(layer, SplitRows) else layer.factor):
            part = low.slice_of(wide, copy * width, width)
            low.add(OpPlan(OpKind.COPY, part, (source,), layer=layer.name))
    low.finish_value(layer.name)


def lower_stack_rows(layer: StackRows, low: Lowering) -> None:
    """A copy of groups of rows into one."""
    _unary(OpKind.COPY, layer, low).num_taps = layer.factor
    low.finish_value(layer.name)


def lower_cross_attention(layer: CrossAttention, low: Lowering) -> None:
    """Keys and values are written by the run when they are given."""
    keys = low.held(layer, layer.inputs[1], as_keys=True)
    values = low.held(layer, layer.inputs[2], as_keys=False)
    _attend(layer, low, keys, values)


def lower_self_attention(layer: SelfAttention, low: Lowering) -> None:
    """Rings of the past keys, in blocks, and values."""
    keys = low.streamed(layer, layer.inputs[1], as_keys=True)
    values = low.streamed(layer, layer.inputs[2], as_keys=False)
    for kind, ring, name in (
        (OpKind.STORE_KEYS, keys, layer.inputs[1]),
        (OpKind.COPY, values, layer.inputs[2]),
    ):
        low.add(OpPlan(kind, ring, (low.view(name),), layer=layer.name))
    _attend(layer, low, keys, values).window = layer.window


def lower_rotary(layer: Rotary, low: Lowering) -> None:
    """Turns as parts of 2^64, so that the kernel counts in whole numbers."""
    op = _unary(OpKind.ROTARY, layer, low)
    channels = low.spec.values[layer.name].channels
    turns = np.ldexp(layer.turns_per_row(channels) % 1.0, 64)
    op.tensor = turns.astype(np.uint64)
    op.num_heads = layer.heads
    first, second = layer.pair_channels(channels)[:, 0]
    op.shift = int(second - first)
    low.finish_value(layer.name)


def lower_istft(layer: Istft, low: Lowering) -> None:
    """Windows by a fast transform, or a product for odd sizes; then their sum."""
    window = low.own_tensor(layer, "window")
    assert window is not None
    source, frames = low.view(layer.inputs[0]), low.frames(layer)
    size = layer.fft_size
    if size >= 4 and size & (size - 1) == 0:
        op = low.add(OpPlan(OpKind.INVERSE_FFT, frames, (source,), layer=layer.name))
        angles = 2 * np.pi * np.arange(size) / size
        op.tensor = np.stack([np.cos(angles), -np.sin(angles)]).astype(np.float32)
        op.tensor2 = layer.synthesis_window(window) / np.float32(size)
    else:
        op = low.add(OpPlan(OpKind.LINEAR_F32, frames, (source,), layer=layer.name))
        matrix = layer.synthesis_matrix(window).T[:, None]
        op.weights = Weights("fp32", np.ascontiguousarray(matrix), None, None)
    low.add(
        OpPlan(
            OpKind.OVERLAP_ADD,
            low.destination(layer.name),
            (frames,),
            num_taps=layer.num_taps,
            shift=layer.padding - layer.lookahead * layer.hop,
            layer=layer.name,
        )
    )
    low.finish_value(layer.name)


def lower_embedding(layer: Embedding, low: Lowering) -> None:
    """The first table's rows are copied, the others added."""
    out = low.destination(layer.name)
    for index, name in enumerate(layer.inputs):
        kind = OpKind.EMBED_ADD if index else OpKind.EMBED
        table = low.own_tensor(layer, f"table{index}")
        low.add(OpPlan(kind, out, (low.view(name),), tensor=table, layer=layer.name))
    low.finish_value(layer.name)


def _attend(
    layer: CrossAttention | SelfAttention, low: Lowering, keys: int, values: int
) -> OpPlan:
    queries = layer.inputs[0]
    op = low.add(
        OpPlan(
            OpKind.ATTENTION,
            low.destination(layer.name),
            (low.view(queries), keys, values),
            alpha=layer.score_scale(low.spec.values[queries].channels),
            num_heads=layer.heads,
            num_kv_heads=layer.num_kv_heads,
            layer=layer.name,
        )
    )
    low.finish_value(layer.name)
    return op


def _unary(kind: OpKind, layer: Layer, low: Lowering) -> OpPlan:
    source = low.view(layer.inputs[0])
    return low.add(
        OpPlan(kind, low.destination(layer.name), (source,), layer=layer.name)
    )


def _fold(kind: OpKind, layer: Layer, low: Lowering, scale: float) -> None:
    out = low.destination(layer.name)
    total = low.view(layer.inputs[0])
    for name in layer.inputs[1:]:
        low.add(OpPlan(kind, out, (total, low.view(name)), layer=layer.name))
        total = out
    if scale != 1.0 or len(layer.inputs) == 1:
        low.add(OpPlan(OpKind.SCALE, out, (total,), alpha=scale, layer=layer.name))
    low.finish_value(layer.name)


LAYER_OPS = cast(
    "dict[str, Callable[[Any, Lowering], None]]",
    {
        "activation": lower_activation,
        "add": lower_add,
        "affine": lower_affine,
        "clip": lower_clip,
        "concat": lower_concat,
        "conv": lower_product,
        "cross_attention": lower_cross_attention,
        "delay": lower_alias,
        "depthwise_conv": lower_depthwise_conv,
        "embedding": lower_embedding,
        "film": lower_film,
        "gated_tanh": lower_gate,
        "glu": lower_gate,
        "swiglu": lower_gate,
        "istft": lower_istft,
        "layer_norm": lower_norm,
        "linear": lower_product,
        "match_rms": lower_match_rms,
        "matrix": lower_product,
        "mul": lower_mul,
        "rms_norm": lower_norm,
        "rotary": lower_rotary,
        "scale": lower_scale,
        "self_attention": lower_self_attention,
        "slice": lower_alias,
        "snake": lower_snake,
        "split_rows": lower_alias,
        "stack_rows": lower_stack_rows,
        "transposed_conv": lower_product,
        "upsample": lower_alias,
    },
)
"""Kind -> function, as spelled in ``edge_tts.network.layers.LAYERS``."""
