"""How each layer kind is written in ONNX; one function per kind, one line per kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from calibrate.graphs.attention_writers import (
    write_cross_attention,
    write_rotary,
    write_self_attention,
)
from calibrate.graphs.graph_writer import TO_END, GraphWriter
from calibrate.graphs.layer_context import LayerContext
from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.convolution import Conv, Delay, DepthwiseConv
from edge_tts.network.layers.elementwise import Add, Affine, Clip
from edge_tts.network.layers.istft import Istft
from edge_tts.network.layers.normalization import LayerNorm, MatchRms, RmsNorm
from edge_tts.network.layers.rearrange import Slice, SplitRows, StackRows, Upsample
from edge_tts.network.layers.transposed_conv import TransposedConv

NARROW = 64
"""Output channels up to which onnxruntime's Conv beats taps and a MatMul in float."""
LayerWriter = Callable[[Any, LayerContext], str]


def write_linear(layer: Layer, ctx: LayerContext) -> str:
    """rows @ weight + bias."""
    return ctx.product.write(
        ctx.graph,
        layer.name,
        ctx.inputs[0],
        ctx.tensors["weight"],
        ctx.tensors.get("bias"),
    )


def write_matrix(layer: Layer, ctx: LayerContext) -> str:
    """rows @ matrix, always in float."""
    return ctx.graph.op("MatMul", ctx.inputs[0], ctx.tensor(layer, "matrix"))


def write_embedding(layer: Layer, ctx: LayerContext) -> str:
    """Sum of gathered table rows."""
    rows = [
        ctx.graph.op("Gather", ctx.tensor(layer, f"table{index}"), ids, axis=0)
        for index, ids in enumerate(ctx.inputs)
    ]
    return _fold(ctx.graph, "Add", rows)


def write_conv(layer: Conv, ctx: LayerContext) -> str:
    """Taps side by side, then one MatMul: 1.5-2x faster than Conv at few rows."""
    graph = ctx.graph
    window = _window(layer, ctx)
    if layer.kernel_size > 1 and layer.channels <= NARROW and ctx.product.is_float:
        return _write_narrow_conv(layer, ctx, window)
    reach = layer.left_context
    taps = [
        graph.slice_rows(
            window, first, first - reach if first < reach else TO_END, None
        )
        for first in range(0, reach + 1, layer.dilation)
    ]
    rows = graph.op("Concat", *taps, axis=1) if len(taps) > 1 else taps[0]
    weight = ctx.tensors["weight"].reshape(-1, layer.channels)
    return ctx.product.write(graph, layer.name, rows, weight, ctx.tensors.get("bias"))


def _write_narrow_conv(layer: Conv, ctx: LayerContext, window: str) -> str:
    graph = ctx.graph
    channels_first = graph.op("Transpose", window, perm=[1, 0])
    signal = graph.op("Unsqueeze", channels_first, graph.indices(0))
    weight = graph.tensor(
        f"{layer.name}.weight",
        np.ascontiguousarray(ctx.tensors["weight"].transpose(2, 1, 0)),
    )
    bias = (ctx.tensor(layer, "bias"),) if layer.bias else ()
    result = graph.op(
        "Conv",
        signal,
        weight,
        *bias,
        kernel_shape=[layer.kernel_size],
        dilations=[layer.dilation],
    )
    rows = graph.op("Squeeze", result, graph.indices(0))
    return graph.op("Transpose", rows, perm=[1, 0])


def write_transposed_conv(layer: TransposedConv, ctx: LayerContext) -> str:
    """The equal convolution, and a reshape of its wide rows."""
    graph, taps = ctx.graph, layer.num_taps
    rows = ctx.inputs[0]
    if taps > 1:
        window = _with_state(layer.name, ctx, taps - 1)
        parts = [
            graph.slice_rows(
                window, tap, tap + 1 - taps if tap + 1 < taps else TO_END, None
            )
            for tap in range(taps)
        ]
        rows = graph.op("Concat", *parts, axis=1)
    weight = layer.expand(ctx.tensors["weight"])
    bias = ctx.tensors.get("bias")
    wide = ctx.product.write(
        graph,
        layer.name,
        rows,
        weight.reshape(-1, weight.shape[-1]),
        None if bias is None else np.tile(bias, layer.stride),
    )
    return graph.op("Reshape", wide, graph.indices(-1, layer.channels))


def write_istft(layer: Istft, ctx: LayerContext) -> str:
    """A product with the synthesis matrix, then the sum of overlapping parts."""
    graph, taps = ctx.graph, layer.num_taps
    matrix = layer.synthesis_matrix(ctx.tensors["window"])
    frames = graph.op(
        "MatMul", ctx.inputs[0], graph.tensor(f"{layer.name}.matrix", matrix)
    )
    if taps > 1:
        state = f"{layer.name}.frames"
        frames = graph.op("Concat", state, frames, axis=0)
        graph.slice_rows(frames, 1 - taps, TO_END, f"{state}_next")
    parts = []
    for tap in range(taps):
        to, start, count = layer.tap_samples(tap)
        if count == 0:
            continue
        ends = (tap, start), (tap + 1 - taps or TO_END, start + count)
        part = graph.op(
            "Slice", frames, *(graph.indices(*end) for end in ends), graph.indices(0, 1)
        )
        if count < layer.hop:
            pads = graph.indices(0, to, 0, layer.hop - to - count)
            part = graph.op("Pad", part, pads)
        parts.append(part)
    return _fold(graph, "Add", parts)


def write_depthwise_conv(layer: DepthwiseConv, ctx: LayerContext) -> str:
    """Conv2d with a (1, k) kernel: 8-12x faster than depthwise Conv1d."""
    graph = ctx.graph
    # Padding is the node's own where it can be: openvino refuses a Pad of 64 rows or
    # more before a Conv of unknown length.
    centred = not layer.streamable
    rows = ctx.inputs[0] if centred else _window(layer, ctx)
    half = layer.left_context // 2 if centred else 0
    channels_first = graph.op("Transpose", rows, perm=[1, 0])
    image = graph.op("Unsqueeze", channels_first, graph.indices(0, 2))
    weight = graph.tensor(
        f"{layer.name}.weight",
        np.ascontiguousarray(ctx.tensors["weight"].T)[:, None, None, :],
    )
    bias = (ctx.tensor(layer, "bias"),) if layer.bias else ()
    result = graph.op(
        "Conv",
        image,
        weight,
        *bias,
        kernel_shape=[1, layer.kernel_size],
        dilations=[1, layer.dilation],
        pads=[0, half, 0, half],
        group=ctx.channels[0],
    )
    rows = graph.op("Squeeze", result, graph.indices(0, 2))
    return graph.op("Transpose", rows, perm=[1, 0])


def write_delay(layer: Delay, ctx: LayerContext) -> str:
    """The rows before the last ``rows`` ones."""
    window = _with_state(layer.name, ctx, layer.rows)
    return ctx.graph.slice_rows(window, 0, -layer.rows, None)


def write_add(layer: Add, ctx: LayerContext) -> str:
    """Scaled sum."""
    total = _fold(ctx.graph, "Add", list(ctx.inputs))
    if layer.scale == 1.0:
        return total
    return ctx.graph.op("Mul", total, ctx.graph.constant(layer.scale))


def write_mul(layer: Layer, ctx: LayerContext) -> str:
    """Product."""
    return _fold(ctx.graph, "Mul", list(ctx.inputs))


def write_scale(layer: Layer, ctx: LayerContext) -> str:
    """Gain per channel."""
    return ctx.graph.op("Mul", ctx.inputs[0], ctx.tensor(layer, "gain"))


def write_affine(layer: Affine, ctx: LayerContext) -> str:
    """Constant gain and offset."""
    rows = ctx.inputs[0]
    if layer.gain != 1.0:
        rows = ctx.graph.op("Mul", rows, ctx.graph.constant(layer.gain))
    if layer.offset != 0.0:
        rows = ctx.graph.op("Add", rows, ctx.graph.constant(layer.offset))
    return rows


def write_clip(layer: Clip, ctx: LayerContext) -> str:
    """Limits."""
    ends = (ctx.graph.constant(layer.minimum), ctx.graph.constant(layer.maximum))
    return ctx.graph.op("Clip", ctx.inputs[0], *ends)


def write_film(layer: Layer, ctx: LayerContext) -> str:
    """x * (1 + gain) + offset."""
    gain, offset = _halves(layer, ctx, ctx.inputs[1], ctx.channels[0])
    one_more = ctx.graph.op("Add", gain, ctx.graph.constant(1.0))
    return ctx.graph.op("Add", ctx.graph.op("Mul", ctx.inputs[0], one_more), offset)


def write_layer_norm(layer: LayerNorm, ctx: LayerContext) -> str:
    """One fused node in both runtimes."""
    if layer.affine:
        ends = (ctx.tensor(layer, "gain"), ctx.tensor(layer, "bias"))
    else:
        ones = np.ones(ctx.channels[0], np.float32)
        ends = (
            ctx.graph.tensor(f"ones_{ctx.channels[0]}", ones),
            ctx.graph.tensor(f"zeros_{ctx.channels[0]}", 0 * ones),
        )
    return ctx.graph.op(
        "LayerNormalization",
        ctx.inputs[0],
        *ends,
        axis=-1,
        epsilon=layer.epsilon,
    )


def write_rms_norm(layer: RmsNorm, ctx: LayerContext) -> str:
    """Spelt out: the fused node needs a newer opset than openvino reads."""
    graph, rows = ctx.graph, ctx.inputs[0]
    scaled = graph.op("Div", rows, _level(graph, rows, layer.epsilon))
    if not layer.affine:
        return scaled
    return graph.op("Mul", scaled, ctx.tensor(layer, "gain"))


def write_match_rms(layer: MatchRms, ctx: LayerContext) -> str:
    """One factor per row."""
    graph = ctx.graph
    rows, like = (_level(graph, name, layer.epsilon) for name in ctx.inputs)
    factor = graph.op("Div", like, rows)
    if layer.limit:
        factor = graph.op("Min", factor, graph.constant(layer.limit))
    return graph.op("Mul", ctx.inputs[0], factor)


def write_activation(layer: Activation, ctx: LayerContext) -> str:
    """One node, or two for silu."""
    graph, rows = ctx.graph, ctx.inputs[0]
    if layer.function == "silu":
        return graph.op("Mul", rows, graph.op("Sigmoid", rows))
    if layer.function == "leaky_relu":
        return graph.op("LeakyRelu", rows, alpha=layer.slope)
    if layer.function == "gelu_tanh":
        return graph.op("Gelu", rows, approximate="tanh")
    names = {"relu": "Relu", "elu": "Elu", "tanh": "Tanh", "sigmoid": "Sigmoid"}
    names |= {"gelu": "Gelu", "exp": "Exp", "sin": "Sin", "cos": "Cos"}
    return graph.op(names[layer.function], rows)


def write_snake(layer: Layer, ctx: LayerContext) -> str:
    """x + sin(frequency * x)^2 * strength."""
    graph, rows = ctx.graph, ctx.inputs[0]
    wave = graph.op("Sin", graph.op("Mul", rows, ctx.tensor(layer, "frequency")))
    bent = graph.op("Mul", graph.op("Mul", wave, wave), ctx.tensor(layer, "strength"))
    return graph.op("Add", rows, bent)


def write_gated_tanh(layer: Layer, ctx: LayerContext) -> str:
    """tanh * sigmoid of the halves."""
    signal, gate = _halves(layer, ctx, ctx.inputs[0], ctx.channels[0] // 2)
    return ctx.graph.op(
        "Mul", ctx.graph.op("Tanh", signal), ctx.graph.op("Sigmoid", gate)
    )


def write_glu(layer: Layer, ctx: LayerContext) -> str:
    """Identity * sigmoid of the halves."""
    signal, gate = _halves(layer, ctx, ctx.inputs[0], ctx.channels[0] // 2)
    return ctx.graph.op("Mul", signal, ctx.graph.op("Sigmoid", gate))


def write_swiglu(layer: Layer, ctx: LayerContext) -> str:
    """Identity * silu of the halves."""
    signal, gate = _halves(layer, ctx, ctx.inputs[0], ctx.channels[0] // 2)
    bent = ctx.graph.op("Mul", gate, ctx.graph.op("Sigmoid", gate))
    return ctx.graph.op("Mul", signal, bent)


def write_concat(layer: Layer, ctx: LayerContext) -> str:
    """Channels side by side."""
    return ctx.graph.op("Concat", *ctx.inputs, axis=1)


def write_slice(layer: Slice, ctx: LayerContext) -> str:
    """Some channels."""
    ends = (ctx.graph.indices(layer.start), ctx.graph.indices(layer.stop))
    return ctx.graph.op("Slice", ctx.inputs[0], *ends, ctx.graph.indices(1))


def write_split_rows(layer: SplitRows, ctx: LayerContext) -> str:
    """A reshape."""
    width = ctx.channels[0] // layer.factor
    return ctx.graph.op("Reshape", ctx.inputs[0], ctx.graph.indices(-1, width))


def write_upsample(layer: Upsample, ctx: LayerContext) -> str:
    """Copies along a new axis behind the rows, which a reshape makes rows."""
    graph = ctx.graph
    apart = graph.op("Unsqueeze", ctx.inputs[0], graph.indices(1))
    copies = graph.op("Expand", apart, graph.indices(1, layer.factor, 1))
    return graph.op("Reshape", copies, graph.indices(-1, ctx.channels[0]))


def write_stack_rows(layer: StackRows, ctx: LayerContext) -> str:
    """A reshape."""
    width = ctx.channels[0] * layer.factor
    return ctx.graph.op("Reshape", ctx.inputs[0], ctx.graph.indices(-1, width))


def _window(layer: Conv | DepthwiseConv, ctx: LayerContext) -> str:
    """Returns the rows with the context the window needs before (and after) them."""
    if layer.left_context == 0:
        return ctx.inputs[0]
    if layer.streamable:
        return _with_state(layer.name, ctx, layer.left_context)
    half = layer.left_context // 2
    return ctx.graph.op("Pad", ctx.inputs[0], ctx.graph.indices(half, 0, half, 0))


def _with_state(name: str, ctx: LayerContext, rows: int) -> str:
    """Joins state and input, and writes the next state: the last rows of both."""
    state = f"{name}.state"
    window = ctx.graph.op("Concat", state, ctx.inputs[0], axis=0)
    ctx.graph.slice_rows(window, -rows, TO_END, f"{state}_next")
    return window


def _halves(layer: Layer, ctx: LayerContext, rows: str, width: int) -> tuple[str, str]:
    """Splits the channels in two equal parts."""
    outputs = [f"{layer.name}_{part}" for part in ("signal", "gate")]
    first, second = ctx.graph.op_many(
        "Split", rows, ctx.graph.indices(width, width), outputs=outputs, axis=1
    )
    return first, second


def _level(graph: GraphWriter, rows: str, epsilon: float) -> str:
    """Root of the mean square of every row, (T, 1)."""
    power = graph.op("ReduceMean", graph.op("Mul", rows, rows), graph.indices(1))
    return graph.op("Sqrt", graph.op("Add", power, graph.constant(epsilon)))


def _fold(graph: GraphWriter, op_type: str, names: list[str]) -> str:
    """Joins any number of values with a binary node."""
    result = names[0]
    for name in names[1:]:
        result = graph.op(op_type, result, name)
    return result


LAYER_WRITERS = cast(
    "dict[str, LayerWriter]",
    {
        "activation": write_activation,
        "add": write_add,
        "affine": write_affine,
        "clip": write_clip,
        "concat": write_concat,
        "conv": write_conv,
        "cross_attention": write_cross_attention,
        "delay": write_delay,
        "depthwise_conv": write_depthwise_conv,
        "embedding": write_embedding,
        "film": write_film,
        "gated_tanh": write_gated_tanh,
        "glu": write_glu,
        "istft": write_istft,
        "layer_norm": write_layer_norm,
        "linear": write_linear,
        "match_rms": write_match_rms,
        "matrix": write_matrix,
        "mul": write_mul,
        "rms_norm": write_rms_norm,
        "rotary": write_rotary,
        "scale": write_scale,
        "self_attention": write_self_attention,
        "slice": write_slice,
        "snake": write_snake,
        "split_rows": write_split_rows,
        "stack_rows": write_stack_rows,
        "swiglu": write_swiglu,
        "transposed_conv": write_transposed_conv,
        "upsample": write_upsample,
    },
)
"""Kind -> writer, as spelled in ``edge_tts.network.layers.LAYERS``."""
