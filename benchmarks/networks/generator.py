"""A generator like Sopro v1.5's: 10.5 M weights, cross-attention over the text."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks.random_tensors import random_tensors
from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.attention import CrossAttention
from edge_tts.network.layers.convolution import DepthwiseConv
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.elementwise import Add
from edge_tts.network.layers.gate import Glu
from edge_tts.network.layers.normalization import RmsNorm
from edge_tts.network.stack_spec import StackInput, StackSpec

WIDTH: Final = 384
HEADS: Final = 4
DILATIONS: Final = (1, 2, 4, 1, 1, 2)
NUM_TOKENS: Final = 2049
TEXT_ROWS: Final = 100
"""Rows of text that the measurements use."""
MAX_TEXT_ROWS: Final = 512


def generator(
    seed: int = 0, *, width: int = WIDTH, dilations: tuple[int, ...] = DILATIONS
) -> tuple[StackSpec, dict[str, NDArray[np.float32]]]:
    """Returns the network and random weights.

    Inputs: ``x`` (T, width); for each second block i ``text_keys<i>`` and
    ``text_values<i>`` (S, width), which hold for an utterance. Output ``y`` (T, 2049).
    """
    layers: list[Layer] = []
    held: list[StackInput] = []
    top = "x"
    for index, dilation in enumerate(dilations):
        layers += _block(index, top, width, dilation)
        top = f"sum{index}"
        if index % 2:
            keys, values = f"text_keys{index // 2}", f"text_values{index // 2}"
            for name in (keys, values):
                held.append(StackInput(name, width, axis="S", max_rows=MAX_TEXT_ROWS))
            layers += _text_attention(index, top, width, (keys, values))
            top = f"text_sum{index}"
    layers += [
        RmsNorm(name="last_norm", inputs=(top,)),
        Linear(name="y", inputs=("last_norm",), channels=NUM_TOKENS),
    ]
    spec = StackSpec(
        "generator", (StackInput("x", width), *held), tuple(layers), ("y",)
    )
    return spec, random_tensors(spec, seed)


def _block(index: int, top: str, width: int, dilation: int) -> list[Layer]:
    return [
        RmsNorm(name=f"norm{index}", inputs=(top,)),
        Linear(name=f"in{index}", inputs=(f"norm{index}",), channels=2 * width),
        Glu(name=f"glu{index}", inputs=(f"in{index}",)),
        DepthwiseConv(
            name=f"dw{index}",
            inputs=(f"glu{index}",),
            kernel_size=13,
            dilation=dilation,
        ),
        Add(name=f"mid{index}", inputs=(top, f"dw{index}")),
        RmsNorm(name=f"mid_norm{index}", inputs=(f"mid{index}",)),
        Linear(name=f"up{index}", inputs=(f"mid_norm{index}",), channels=4 * width),
        Activation(name=f"bent{index}", inputs=(f"up{index}",), function="gelu"),
        Linear(name=f"down{index}", inputs=(f"bent{index}",), channels=width),
        Add(name=f"sum{index}", inputs=(f"mid{index}", f"down{index}")),
    ]


def _text_attention(
    index: int, top: str, width: int, text: tuple[str, str]
) -> list[Layer]:
    return [
        RmsNorm(name=f"text_norm{index}", inputs=(top,)),
        Linear(
            name=f"query{index}",
            inputs=(f"text_norm{index}",),
            channels=width,
            bias=False,
        ),
        CrossAttention(
            name=f"text{index}", inputs=(f"query{index}", *text), heads=HEADS
        ),
        Linear(
            name=f"text_out{index}",
            inputs=(f"text{index}",),
            channels=width,
            bias=False,
        ),
        Add(name=f"text_sum{index}", inputs=(top, f"text_out{index}")),
    ]
