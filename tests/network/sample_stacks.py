"""Small networks for tests: each has the layers of a stage of the default voice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import FUNCTIONS, Activation, Snake
from edge_tts.network.layers.attention import CrossAttention, SelfAttention
from edge_tts.network.layers.convolution import Conv, Delay, DepthwiseConv
from edge_tts.network.layers.dense import Embedding, Linear, Matrix
from edge_tts.network.layers.elementwise import Add, Affine, Clip, Film, Mul, Scale
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
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.stack_spec import StackInput, StackSpec


def gated_decoder(width: int = 16, dilations: tuple[int, ...] = (1, 2, 4)) -> StackSpec:
    """A causal gated convolution stack with a look-ahead of two rows."""
    layers: list[Layer] = [
        Conv(name="entry", inputs=("x",), channels=width, kernel_size=3, lookahead=2)
    ]
    top, skips = "entry", []
    for index, dilation in enumerate(dilations):
        layers += [
            Conv(
                name=f"conv{index}",
                inputs=(top,),
                channels=2 * width,
                kernel_size=3,
                dilation=dilation,
            ),
            GatedTanh(name=f"gate{index}", inputs=(f"conv{index}",)),
            Linear(name=f"out{index}", inputs=(f"gate{index}",), channels=width),
            Add(name=f"sum{index}", inputs=(top, f"out{index}"), scale=0.7071),
        ]
        top = f"sum{index}"
        skips.append(f"out{index}")
    layers += [
        Add(name="skip", inputs=tuple(skips), scale=0.5),
        Activation(name="bent", inputs=("skip",), function="relu"),
        Linear(name="y", inputs=("bent",), channels=10),
    ]
    return StackSpec("decoder", (StackInput("x", 12),), tuple(layers), ("y",))


def convnext_vocoder(width: int = 16, num_blocks: int = 2) -> StackSpec:
    """Depthwise blocks, delayed side input, fixed matrix and several outputs."""
    layers: list[Layer] = [
        Conv(name="entry", inputs=("x",), channels=width, kernel_size=5, lookahead=2)
    ]
    top = "entry"
    for index in range(num_blocks):
        layers += [
            DepthwiseConv(name=f"dw{index}", inputs=(top,), kernel_size=7),
            LayerNorm(name=f"norm{index}", inputs=(f"dw{index}",)),
            Linear(name=f"up{index}", inputs=(f"norm{index}",), channels=2 * width),
            Activation(name=f"bent{index}", inputs=(f"up{index}",), function="silu"),
            Linear(name=f"down{index}", inputs=(f"bent{index}",), channels=width),
            Scale(name=f"scale{index}", inputs=(f"down{index}",)),
            Add(name=f"sum{index}", inputs=(top, f"scale{index}")),
        ]
        top = f"sum{index}"
    layers += [
        Slice(name="bands", inputs=("x",), start=0, stop=8),
        Delay(name="late", inputs=("bands",), rows=2),
        Affine(name="nats", inputs=("late",), gain=2.0, offset=-5.0),
        Matrix(name="envelope", inputs=("nats",), channels=20),
        Linear(name="free", inputs=(top,), channels=20),
        Add(name="both", inputs=("envelope", "free")),
        Clip(name="log_filter", inputs=("both",), minimum=-12.0, maximum=6.0),
        Linear(name="turn", inputs=(top,), channels=2),
        RmsNorm(name="direction", inputs=("turn",), epsilon=5e-5),
    ]
    return StackSpec(
        "vocoder", (StackInput("x", 10),), tuple(layers), ("log_filter", "direction")
    )


def token_encoder(width: int = 16) -> StackSpec:
    """Embeddings and symmetric convolutions: runs on a whole window."""
    layers: tuple[Layer, ...] = (
        Embedding(
            name="embedding", inputs=("ids", "stresses"), channels=width, sizes=(9, 4)
        ),
        LayerNorm(name="norm", inputs=("embedding",)),
        Conv(
            name="conv",
            inputs=("norm",),
            channels=width,
            kernel_size=5,
            dilation=2,
            padding="same",
        ),
        Activation(name="bent", inputs=("conv",), function="gelu"),
        DepthwiseConv(name="dw", inputs=("bent",), kernel_size=3, padding="same"),
        Add(name="hidden", inputs=("embedding", "dw")),
        Linear(name="prosody", inputs=("hidden",), channels=3),
    )
    inputs = (
        StackInput("ids", 1, "int64", "N"),
        StackInput("stresses", 1, "int64", "N"),
    )
    return StackSpec("encoder", inputs, layers, ("hidden", "prosody"))


def every_elementwise() -> StackSpec:
    """One of each remaining kind, rate changes included."""
    layers: list[Layer] = [
        Activation(
            name=f"f_{function}",
            inputs=("x",),
            function=function,
            slope=0.1 if function == "leaky_relu" else 0.0,
        )
        for function in FUNCTIONS
    ]
    layers += [
        Snake(name="snake", inputs=("x",)),
        Concat(name="wide", inputs=("f_relu", "snake")),
        Glu(name="glu", inputs=("wide",)),
        Film(name="film", inputs=("glu", "wide")),
        Swiglu(name="swiglu", inputs=("wide",)),
        Mul(name="product", inputs=("film", "swiglu")),
        Activation(name="bounded", inputs=("product",), function="tanh"),
        SplitRows(name="fast", inputs=("bounded",), factor=2),
        DepthwiseConv(name="fast_dw", inputs=("fast",), kernel_size=3, bias=False),
        StackRows(name="slow", inputs=("fast_dw",), factor=2),
        Linear(name="y", inputs=("slow",), channels=5, bias=False),
    ]
    outputs = (*(f"f_{function}" for function in FUNCTIONS), "film", "y")
    return StackSpec("elementwise", (StackInput("x", 6),), tuple(layers), outputs)


def upsampling_vocoder() -> StackSpec:
    """Transposed convolutions between dilated ones, as in HiFi-GAN."""
    layers: list[Layer] = []
    top = "x"
    for index, (stride, taps, padding) in enumerate(((4, 8, 2), (3, 3, 0), (2, 5, 1))):
        up, bent = f"up{index}", f"bent{index}"
        layers += [
            Activation(name=bent, inputs=(top,), function="leaky_relu", slope=0.1),
            TransposedConv(
                name=up,
                inputs=(bent,),
                channels=8,
                kernel_size=taps,
                stride=stride,
                padding=padding,
            ),
            Activation(name=f"{up}_b", inputs=(up,), function="leaky_relu", slope=0.1),
            Conv(
                name=f"conv{index}",
                inputs=(f"{up}_b",),
                channels=8,
                kernel_size=3,
                dilation=3,
            ),
            Add(name=f"sum{index}", inputs=(up, f"conv{index}")),
        ]
        top = f"sum{index}"
    layers.append(
        TransposedConv(name="y", inputs=(top,), channels=3, kernel_size=2, stride=2)
    )
    return StackSpec("upsampler", (StackInput("x", 6),), tuple(layers), ("y",))


def padded_vocoder() -> StackSpec:
    """Centred convolutions that see zeros outside the utterance, as in HiFi-GAN."""
    layers = (
        Conv(name="first", inputs=("x",), channels=8, kernel_size=5, lookahead=2),
        TransposedConv(
            name="up", inputs=("first",), channels=6, kernel_size=8, stride=4, padding=2
        ),
        Activation(name="bent", inputs=("up",), function="leaky_relu", slope=0.1),
        Conv(
            name="conv",
            inputs=("bent",),
            channels=6,
            kernel_size=3,
            dilation=3,
            lookahead=3,
        ),
        Delay(name="up_late", inputs=("up",), rows=3),
        Add(name="sum", inputs=("up_late", "conv"), scale=0.5),
        DepthwiseConv(name="dw", inputs=("sum",), kernel_size=3, lookahead=1),
        Conv(name="y", inputs=("dw",), channels=2, kernel_size=7, lookahead=3),
    )
    inputs = (StackInput("x", 6), StackInput("valid"))
    return StackSpec("padded", inputs, layers, ("y",), valid="valid")


def attentive_generator(width: int = 24, heads: int = 4) -> StackSpec:
    """Attention over the text, and over the last rows with fewer heads of keys."""
    layers: list[Layer] = [
        Linear(name="queries", inputs=("x",), channels=width, bias=False),
        CrossAttention(
            name="text", inputs=("queries", "text_keys", "text_values"), heads=heads
        ),
        MatchRms(name="matched", inputs=("text", "x"), limit=10.0),
        Linear(name="text_out", inputs=("matched",), channels=width),
        Add(name="top", inputs=("x", "text_out")),
        LayerNorm(name="norm", inputs=("top",), affine=False),
        Linear(name="qkv", inputs=("norm",), channels=2 * width),
        Slice(name="q", inputs=("qkv",), start=0, stop=width),
        Slice(name="k", inputs=("qkv",), start=width, stop=width * 3 // 2),
        Slice(name="v", inputs=("qkv",), start=width * 3 // 2, stop=2 * width),
        SelfAttention(
            name="past",
            inputs=("q", "k", "v"),
            heads=heads,
            kv_heads=heads // 2,
            window=5,
        ),
        Linear(name="past_out", inputs=("past",), channels=width),
        Add(name="y", inputs=("top", "past_out")),
        SelfAttention(
            name="raw", inputs=("top", "top", "x"), heads=1, window=40, scale=0.3
        ),
    ]
    held = (
        StackInput("text_keys", width, axis="S", max_rows=37),
        StackInput("text_values", width, axis="S", max_rows=37),
    )
    return StackSpec(
        "generator", (StackInput("x", width), *held), tuple(layers), ("y", "raw")
    )


def codec_decoder(width: int = 24) -> StackSpec:
    """A transformer over repeated rows, then spectra and samples."""
    layers: list[Layer] = [
        Linear(name="codes", inputs=("x",), channels=width),
        Upsample(name="fast", inputs=("codes",), factor=2),
        Linear(name="q", inputs=("fast",), channels=width),
        Linear(name="k", inputs=("fast",), channels=width),
        Linear(name="v", inputs=("fast",), channels=width),
        Rotary(name="q_turned", inputs=("q",), heads=3, channels=6),
        Rotary(name="k_turned", inputs=("k",), heads=3, channels=6),
        SelfAttention(
            name="past", inputs=("q_turned", "k_turned", "v"), heads=3, window=20
        ),
        Add(name="sum", inputs=("fast", "past")),
        Rotary(name="turned", inputs=("sum",), heads=2, pairs="interleaved"),
        Upsample(name="faster", inputs=("fast",), factor=3),
        DepthwiseConv(name="smooth", inputs=("faster",), kernel_size=3),
        Linear(name="bins", inputs=("turned",), channels=18),
        Istft(name="samples", inputs=("bins",), fft_size=16, hop=4, padding=6),
        Linear(name="odd_bins", inputs=("turned",), channels=14),
        Istft(name="odd", inputs=("odd_bins",), fft_size=12, hop=5),
        Delay(name="odd_late", inputs=("odd",), rows=2),
        SplitRows(name="y", inputs=("samples",), factor=4),
        Delay(name="smooth_late", inputs=("smooth",), rows=6),
    ]
    return StackSpec(
        "codec",
        (StackInput("x", 10),),
        tuple(layers),
        ("y", "samples", "odd_late", "smooth_late"),
    )


STREAMED = {
    "codec": codec_decoder(),
    "generator": attentive_generator(),
    "padded": padded_vocoder(),
    "upsampler": upsampling_vocoder(),
    "decoder": gated_decoder(),
    "vocoder": convnext_vocoder(),
    "elementwise": every_elementwise(),
}
ALL_STACKS = {**STREAMED, "encoder": token_encoder()}


def random_tensors(spec: StackSpec, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Tensors that keep values near unit size."""
    generator = np.random.default_rng(seed)
    tensors = {}
    for name, shape in spec.tensors.items():
        array = generator.standard_normal(shape)
        role = name.rsplit(".", 1)[1]
        if role in ("weight", "matrix"):
            array /= np.sqrt(np.prod(shape[:-1]))
        elif role == "window":
            array = np.hanning(shape[0] + 2)[1:-1]
        elif role == "gain":
            array = 1 + 0.1 * array
        elif role in ("bias", "offset"):
            array *= 0.1
        tensors[name] = array.astype(np.float32)
    return tensors


def random_inputs(
    spec: StackSpec, num_rows: int, seed: int = 1
) -> dict[str, NDArray[Any]]:
    """Unit normal rows, and ids that every table holds."""
    generator = np.random.default_rng(seed)
    inputs: dict[str, NDArray[Any]] = {}
    for given in spec.inputs:
        held_rows = 1 + 7 * num_rows % given.max_rows if given.max_rows else num_rows
        shape = (held_rows, given.channels)
        if given.dtype == "int64":
            inputs[given.name] = generator.integers(0, 4, num_rows)
        elif given.name == spec.valid:  # The last third flushes the delay.
            ends = np.arange(num_rows) < num_rows - num_rows // 3
            inputs[given.name] = ends[:, None].astype(np.float32)
        else:
            rows = generator.standard_normal(shape)
            inputs[given.name] = rows.astype(np.float32)
    return inputs


def rows_of(
    spec: StackSpec, inputs: Mapping[str, NDArray[Any]], first: int, stop: int
) -> dict[str, NDArray[Any]]:
    """A chunk of the inputs, with all of those that are held."""
    return {
        given.name: rows if given.max_rows else rows[first:stop]
        for given in spec.inputs
        for rows in (inputs[given.name],)
    }


chunkings = st.lists(st.integers(1, 60), min_size=1, max_size=12)
"""Random chunk lengths."""
