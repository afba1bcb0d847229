"""A hypothesis strategy for small streamable networks of any shape."""

from __future__ import annotations

from hypothesis import strategies as st

from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import FUNCTIONS, Activation, Snake
from edge_tts.network.layers.attention import CrossAttention, SelfAttention
from edge_tts.network.layers.convolution import Conv, Delay, DepthwiseConv
from edge_tts.network.layers.dense import Linear, Matrix
from edge_tts.network.layers.elementwise import Add, Affine, Clip, Film, Mul, Scale
from edge_tts.network.layers.gate import GatedTanh, Glu, Swiglu
from edge_tts.network.layers.istft import Istft
from edge_tts.network.layers.normalization import LayerNorm, MatchRms, RmsNorm
from edge_tts.network.layers.rearrange import Concat, Slice, SplitRows, Upsample
from edge_tts.network.layers.rotary import Rotary
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.stack_spec import StackInput, StackSpec

_BOUNDED = [name for name in FUNCTIONS if name != "exp"]
_KINDS = (
    *("linear", "conv", "depthwise", "delay", "add", "mul", "scale", "affine"),
    *("clip", "film", "activation", "snake", "gate", "norm", "concat", "slice"),
    *("matrix", "split", "transposed", "self_attention", "cross_attention"),
    *("rotary", "istft", "upsample", "match"),
)
HELD = ("keys", "values")
"""Inputs of cross-attention, in the networks that have one."""


@st.composite
def random_stacks(draw: st.DrawFn, widest: int = 20) -> StackSpec:
    """Up to a dozen layers over one or two inputs; all values stay of unit size.

    ``widest`` bounds the channels that a layer chooses, not those of sums of them.
    """
    inputs = tuple(
        StackInput(f"x{index}", draw(_widths(widest)))
        for index in range(draw(st.integers(1, 2)))
    )
    held_width = draw(st.integers(1, 8))
    most = draw(st.integers(1, 40))
    held = tuple(StackInput(n, held_width, axis="S", max_rows=most) for n in HELD)
    layers: list[Layer] = []
    for index in range(draw(st.integers(1, 12))):
        # Values so far; the spec of the prefix answers what fits together.
        prefix = (
            StackSpec("p", inputs + held, tuple(layers), (layers[-1].name,))
            if layers
            else None
        )
        widths = (
            {
                name: value.channels
                for name, value in prefix.values.items()
                if name not in HELD
            }
            if prefix
            else {given.name: given.channels for given in inputs}
        )
        source = draw(st.sampled_from(list(widths)))
        if prefix:
            timing = {n: (v.delay, v.rate) for n, v in prefix.values.items()}
        else:
            timing = {given.name: (0, 1) for given in inputs}
        partners = [name for name in widths if timing[name] == timing[source]]
        name = f"v{index}"
        kind = draw(st.sampled_from(_KINDS))
        if timing[source][1] > 60 and kind in ("split", "transposed", "upsample"):
            kind = "scale"
        if kind == "self_attention" and timing[source][0] == 0:
            layers += _self_attention(draw, name, source)
        elif kind == "cross_attention":
            layers += _cross_attention(draw, name, source, held_width)
        else:
            layers += _layers(draw, kind, name, source, widths, partners, widest)
    if any(isinstance(layer, CrossAttention) for layer in layers):
        inputs += held
    last = StackSpec("p", inputs, tuple(layers), (layers[-1].name,))
    end = last.values[layers[-1].name]
    outputs = [
        layer.name
        for layer in layers
        if last.values[layer.name].delay == end.delay
        and (layer is layers[-1] or draw(st.booleans()))
    ]
    stack = (inputs, tuple(layers), tuple(outputs))
    if not draw(st.booleans()):
        return StackSpec("random", *stack)
    ends = (*inputs, StackInput("valid"))
    return StackSpec("random", ends, *stack[1:], valid="valid")


def _self_attention(draw: st.DrawFn, name: str, source: str) -> list[Layer]:
    """Attention over the past; its source must not lag."""
    kv_heads, group, size = (draw(st.integers(1, most)) for most in (3, 3, 9))
    widths = {"q": kv_heads * group * size, "k": kv_heads * size, "v": kv_heads * size}
    parts = [
        Linear(name=f"{name}_{part}", inputs=(source,), channels=width)
        for part, width in widths.items()
    ]
    attention = SelfAttention(
        name=name,
        inputs=tuple(part.name for part in parts),
        heads=kv_heads * group,
        kv_heads=kv_heads,
        window=draw(st.integers(2, 70)),
    )
    return [*parts, attention]


def _cross_attention(
    draw: st.DrawFn, name: str, source: str, held_width: int
) -> list[Layer]:
    """Attention over ``HELD``."""
    divisors = [n for n in range(1, held_width + 1) if held_width % n == 0]
    kv_heads, group = draw(st.sampled_from(divisors)), draw(st.integers(1, 3))
    queries = Linear(name=f"{name}_q", inputs=(source,), channels=held_width * group)
    attention = CrossAttention(
        name=name,
        inputs=(queries.name, *HELD),
        heads=kv_heads * group,
        kv_heads=kv_heads,
    )
    return [queries, attention]


def _layers(
    draw: st.DrawFn,
    kind: str,
    name: str,
    source: str,
    widths: dict[str, int],
    partners: list[str],
    widest: int,
) -> list[Layer]:
    width = widths[source]
    one = (source,)
    channels = draw(_widths(widest))
    dilation = draw(st.integers(1, 5))
    taps = draw(st.integers(1, 4))
    same = [partner for partner in partners if widths[partner] == width]
    match kind:
        case "linear":
            return [
                Linear(
                    name=name, inputs=one, channels=channels, bias=draw(st.booleans())
                )
            ]
        case "conv":
            lookahead = draw(st.integers(0, (taps - 1) * dilation))
            return [
                Conv(
                    name=name,
                    inputs=one,
                    channels=channels,
                    kernel_size=taps,
                    dilation=dilation,
                    lookahead=lookahead,
                )
            ]
        case "depthwise":
            return [
                DepthwiseConv(
                    name=name, inputs=one, kernel_size=taps, dilation=dilation
                )
            ]
        case "delay":
            return [Delay(name=name, inputs=one, rows=dilation)]
        case "add":
            others = draw(st.lists(st.sampled_from(same), max_size=3))
            return [Add(name=name, inputs=(source, *others), scale=0.5)]
        case "mul":
            return [Mul(name=name, inputs=(source, draw(st.sampled_from(same))))]
        case "match":
            like = draw(st.sampled_from(same))
            pair = (source, like)
            return [MatchRms(name=name, inputs=pair, epsilon=0.01, limit=2.0)]
        case "scale":
            return [Scale(name=name, inputs=one)]
        case "affine":
            return [Affine(name=name, inputs=one, gain=0.7, offset=-0.1)]
        case "clip":
            return [Clip(name=name, inputs=one, minimum=-1.0, maximum=0.5)]
        case "film":
            middle = Linear(name=f"{name}_c", inputs=one, channels=2 * width)
            return [middle, Film(name=name, inputs=(source, middle.name))]
        case "activation":
            return [
                Activation(
                    name=name, inputs=one, function=draw(st.sampled_from(_BOUNDED))
                )
            ]
        case "snake":
            return [Snake(name=name, inputs=one)]
        case "gate":
            middle = Linear(name=f"{name}_g", inputs=one, channels=2 * channels)
            gate = draw(st.sampled_from([Glu, GatedTanh, Swiglu]))
            return [middle, gate(name=name, inputs=(middle.name,))]
        case "norm":
            norm = draw(st.sampled_from([LayerNorm, RmsNorm]))
            affine = draw(st.booleans())
            return [norm(name=name, inputs=one, affine=affine, epsilon=0.01)]
        case "concat":
            others = draw(st.lists(st.sampled_from(partners), max_size=2))
            return [Concat(name=name, inputs=(source, *others))]
        case "slice":
            start = draw(st.integers(0, width - 1))
            return [
                Slice(
                    name=name,
                    inputs=one,
                    start=start,
                    stop=draw(st.integers(start + 1, width)),
                )
            ]
        case "matrix":
            return [Matrix(name=name, inputs=one, channels=channels)]
        case "transposed":
            size = draw(st.integers(1, 6))
            return [
                TransposedConv(
                    name=name,
                    inputs=one,
                    channels=channels,
                    kernel_size=size,
                    stride=draw(st.integers(1, 3)),
                    padding=draw(st.integers(0, size - 1)),
                )
            ]
        case "rotary":
            middle = Linear(name=f"{name}_r", inputs=one, channels=8 * taps)
            return [
                middle,
                Rotary(
                    name=name,
                    inputs=(middle.name,),
                    heads=taps,
                    channels=draw(st.sampled_from([0, 2, 6])),
                    pairs=draw(st.sampled_from(["half", "interleaved"])),
                ),
            ]
        case "istft":
            size = draw(st.sampled_from([2, 4, 6, 8, 10, 16, 32]))
            middle = Linear(name=f"{name}_f", inputs=one, channels=size + 2)
            return [
                middle,
                Istft(
                    name=name,
                    inputs=(middle.name,),
                    fft_size=size,
                    hop=draw(st.integers(1, size)),
                    padding=draw(st.integers(0, size - 1)),
                ),
            ]
        case "upsample":
            return [Upsample(name=name, inputs=one, factor=draw(st.integers(1, 3)))]
        case _:
            middle = Linear(name=f"{name}_s", inputs=one, channels=2 * channels)
            return [middle, SplitRows(name=name, inputs=(middle.name,), factor=2)]


def _widths(widest: int) -> st.SearchStrategy[int]:
    """Any width; often those of weights of four bits, in groups of 32 inputs."""
    return st.one_of(st.integers(1, widest), st.sampled_from([32, 64]))
