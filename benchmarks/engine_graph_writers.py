"""Layers as benchmarks write them in ONNX where the product writes them otherwise.

Both are to the peers' advantage or custom: convolutions as training frameworks export
them, and keys and values that come ready by heads instead of being rearranged per call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import onnx
from numpy.typing import NDArray

from calibrate.graphs.graph_writer import TO_END
from calibrate.graphs.layer_context import LayerContext
from calibrate.graphs.layer_writers import LAYER_WRITERS, _window, _with_state
from edge_tts.network.layers.attention import CrossAttention
from edge_tts.network.layers.convolution import Conv, DepthwiseConv
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.stack_spec import StackSpec


def write_conv1d(layer: Conv | DepthwiseConv, ctx: LayerContext) -> str:
    """A Conv1d over channels first, as exporters of training frameworks write it."""
    graph = ctx.graph
    signal = graph.op("Transpose", _window(layer, ctx), perm=[1, 0])
    weight = ctx.tensors["weight"]
    if isinstance(layer, Conv):
        weight, group = weight.transpose(2, 1, 0), 1
    else:
        weight, group = weight.T[:, None, :], ctx.channels[0]
    bias = (ctx.tensor(layer, "bias"),) if layer.bias else ()
    result = graph.op(
        "Conv",
        graph.op("Unsqueeze", signal, graph.indices(0)),
        graph.tensor(f"{layer.name}.weight", weight),
        *bias,
        kernel_shape=[layer.kernel_size],
        dilations=[layer.dilation],
        group=group,
    )
    rows = graph.op("Squeeze", result, graph.indices(0))
    return graph.op("Transpose", rows, perm=[1, 0])


def write_conv_transpose(layer: TransposedConv, ctx: LayerContext) -> str:
    """A ConvTranspose over remembered and new rows; of its rows those that are due."""
    graph, taps, stride = ctx.graph, layer.num_taps, layer.stride
    rows = _with_state(layer.name, ctx, taps - 1) if taps > 1 else ctx.inputs[0]
    signal = graph.op("Transpose", rows, perm=[1, 0])
    bias = (ctx.tensor(layer, "bias"),) if layer.bias else ()
    wide = graph.op(
        "ConvTranspose",
        graph.op("Unsqueeze", signal, graph.indices(0)),
        graph.tensor(f"{layer.name}.weight", ctx.tensors["weight"].transpose(1, 2, 0)),
        *bias,
        kernel_shape=[layer.kernel_size],
        strides=[stride],
    )
    made = graph.op("Squeeze", wide, graph.indices(0))
    result = graph.op("Transpose", made, perm=[1, 0])
    first = stride * (taps - 1 - layer.lookahead) + layer.padding
    unfinished = stride * (taps - 2) + layer.kernel_size - first
    stop = -unfinished if unfinished else TO_END
    return graph.slice_rows(result, first, stop, None)


def write_attention_by_heads(layer: CrossAttention, ctx: LayerContext) -> str:
    """Cross-attention on inputs (heads, width, S) and (heads, S, width) of its own."""
    graph, heads = ctx.graph, layer.heads
    if layer.num_kv_heads != heads:
        raise ValueError(f"layer {layer.name!r}: grouped heads are not written here")
    width = ctx.channels[0] // heads
    keys, values = _names(layer)
    graph.add_input(keys, (heads, width, "S"))
    graph.add_input(values, (heads, "S", width))
    split = graph.op("Reshape", ctx.inputs[0], graph.indices(-1, heads, width))
    scores = graph.op("MatMul", graph.op("Transpose", split, perm=[1, 0, 2]), keys)
    scale = graph.constant(layer.score_scale(ctx.channels[0]))
    shares = graph.op("Softmax", graph.op("Mul", scores, scale), axis=-1)
    mixed = graph.op("MatMul", shares, values)
    rows = graph.op("Transpose", mixed, perm=[1, 0, 2])
    return graph.op("Reshape", rows, graph.indices(-1, ctx.channels[0]))


def inputs_by_heads(
    spec: StackSpec, inputs: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Returns the inputs of a graph whose attention was written by heads."""
    result = dict(inputs)
    for layer in spec.layers:
        if isinstance(layer, CrossAttention):
            keys, values = (inputs[name] for name in layer.inputs[1:])
            for name in layer.inputs[1:]:
                result.pop(name, None)
            by_heads = (len(keys), layer.heads, -1)
            names = _names(layer)
            result[names[0]] = keys.reshape(by_heads).transpose(1, 2, 0).copy()
            result[names[1]] = values.reshape(by_heads).transpose(1, 0, 2).copy()
    return result


def without_unread_inputs(model: bytes) -> bytes:
    """Returns the model without inputs that no node reads."""
    proto = onnx.load_from_string(model)
    read = {name for node in proto.graph.node for name in node.input}
    kept = [entry for entry in proto.graph.input if entry.name in read]
    del proto.graph.input[:]
    proto.graph.input.extend(kept)
    return bytes(proto.SerializeToString())


def _names(layer: CrossAttention) -> tuple[str, str]:
    return f"{layer.name}.keys_by_heads", f"{layer.name}.values_by_heads"


REWRITTEN_WRITERS: Final = {
    **LAYER_WRITERS,
    "cross_attention": write_attention_by_heads,
}
"""Convolutions in the shapes that run fast."""
EXPORTED_WRITERS: Final = {
    **REWRITTEN_WRITERS,
    "conv": write_conv1d,
    "depthwise_conv": write_conv1d,
    "transposed_conv": write_conv_transpose,
}
"""Convolutions as exported."""
