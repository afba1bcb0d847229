"""How attention and rotary positions are written in ONNX."""

from __future__ import annotations

import numpy as np

from calibrate.graphs.graph_writer import TO_END, GraphWriter
from calibrate.graphs.layer_context import LayerContext
from edge_tts.network.layers.attention import CrossAttention, SelfAttention
from edge_tts.network.layers.rotary import Rotary


def write_cross_attention(layer: CrossAttention, ctx: LayerContext) -> str:
    """Keys and values are inputs of the graph."""
    return _attend(layer, ctx, ctx.inputs[1], ctx.inputs[2], None)


def write_self_attention(layer: SelfAttention, ctx: LayerContext) -> str:
    """Keys and values of the last rows are states; what no row sees is masked."""
    graph, past = ctx.graph, layer.window - 1
    windows = []
    for role, rows in zip(("keys", "values"), ctx.inputs[1:], strict=True):
        state = f"{layer.name}.{role}"
        windows.append(graph.op("Concat", state, rows, axis=0))
        graph.slice_rows(windows[-1], -past, TO_END, f"{state}_next")
    state = f"{layer.name}.length"
    count = graph.op("Shape", ctx.inputs[0], start=0, end=1)
    longer = graph.op("Add", state, graph.op("Cast", count, to=1))
    limit = graph.constant(past)
    graph.op("Min", longer, limit, output=f"{state}_next")

    row = graph.op("Unsqueeze", _range(graph, count), graph.indices(1))
    index = _range(graph, graph.op("Add", count, graph.indices(past)))
    age = graph.op("Sub", index, row)  # 0: the oldest row seen, past: the row itself.
    seen = graph.op(
        "And",
        graph.op("GreaterOrEqual", age, graph.constant(0, "int64")),
        graph.op("LessOrEqual", age, graph.constant(past, "int64")),
    )
    known = graph.op(
        "GreaterOrEqual",
        graph.op("Cast", index, to=1),
        graph.op("Sub", limit, state),
    )
    mask = graph.op(
        "Where",
        graph.op("And", seen, known),
        graph.constant(0.0),
        graph.constant(float(np.finfo(np.float32).min)),
    )
    return _attend(layer, ctx, windows[0], windows[1], mask)


def write_rotary(layer: Rotary, ctx: LayerContext) -> str:
    """x * cos + (x with its pairs changed over) * sin.

    Turns are taken in steps of 256 rows and of one, each without its whole turns, so
    that float32 holds the angle of a late row as well as of an early one.
    """
    graph, rows = ctx.graph, ctx.inputs[0]
    state = f"{layer.name}.position"
    count = graph.op("Shape", rows, start=0, end=1)
    after = graph.op("Add", state, graph.op("Cast", count, to=1))
    graph.op("Identity", after, output=f"{state}_next")
    index = graph.op("Cast", _range(graph, count), to=1)
    position = graph.op("Add", graph.op("Unsqueeze", index, graph.indices(1)), state)
    coarse = graph.op("Floor", graph.op("Mul", position, graph.constant(1 / 256)))
    fine = graph.op("Sub", position, graph.op("Mul", coarse, graph.constant(256.0)))

    width = ctx.channels[0] // layer.heads
    left, right = layer.pair_channels(ctx.channels[0])
    steps, signs = np.zeros((1, width)), np.zeros(width)
    steps[0, left] = steps[0, right] = layer.turns_per_row(ctx.channels[0])
    signs[left], signs[right] = -1, 1
    partner = np.arange(width)
    partner[left], partner[right] = right, left

    def product(rows: str, steps: np.ndarray, role: str) -> str:
        name = f"{layer.name}.{role}"
        return graph.op("Mul", rows, graph.tensor(name, steps.astype(np.float32)))

    whole = product(coarse, 256 * steps - np.rint(256 * steps), "coarse_turns")
    turns = graph.op("Add", whole, product(fine, steps, "fine_turns"))
    turns = graph.op("Sub", turns, graph.op("Round", turns))
    angles = graph.op("Mul", turns, graph.constant(2 * np.pi))
    cosine = graph.op("Unsqueeze", graph.op("Cos", angles), graph.indices(1))
    sine = graph.op("Unsqueeze", graph.op("Sin", angles), graph.indices(1))

    heads = graph.op("Reshape", rows, graph.indices(0, layer.heads, width))
    name = f"{layer.name}.partner"
    swapped = graph.op("Gather", heads, graph.tensor(name, partner), axis=2)
    swapped = product(swapped, signs, "signs")
    turned = graph.op(
        "Add", graph.op("Mul", heads, cosine), graph.op("Mul", swapped, sine)
    )
    return graph.op("Reshape", turned, graph.indices(0, ctx.channels[0]))


def _range(graph: GraphWriter, count: str) -> str:
    """0, 1, ... below a (1,) int64 value."""
    end = graph.op("Squeeze", count, graph.indices(0))
    zero, one = (graph.constant(number, "int64") for number in (0, 1))
    return graph.op("Range", zero, end, one)


def _attend(
    layer: CrossAttention | SelfAttention,
    ctx: LayerContext,
    keys: str,
    values: str,
    mask: str | None,
) -> str:
    graph, groups = ctx.graph, layer.num_kv_heads
    width = ctx.channels[0] // layer.heads

    def split(rows: str, heads: int, perm: list[int]) -> str:
        shaped = graph.op("Reshape", rows, graph.indices(0, groups, heads, width))
        return graph.op("Transpose", shaped, perm=perm)

    scale = graph.constant(layer.score_scale(ctx.channels[0]))
    queries = graph.op("Mul", ctx.inputs[0], scale)
    # (groups, heads of a group, rows, width) against the group's one head of keys.
    left = split(queries, layer.heads // groups, [1, 2, 0, 3])
    scores = graph.op("MatMul", left, split(keys, 1, [1, 2, 3, 0]))
    if mask is not None:
        scores = graph.op("Add", scores, mask)
    shares = graph.op("Softmax", scores, axis=-1)
    mixed = graph.op("MatMul", shares, split(values, 1, [1, 2, 0, 3]))
    rows = graph.op("Transpose", mixed, perm=[2, 0, 1, 3])
    return graph.op("Reshape", rows, graph.indices(0, ctx.channels[0]))
