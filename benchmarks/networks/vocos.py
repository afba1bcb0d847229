"""The backbone of a Vocos-like vocoder: eight depthwise blocks, 3.15 M weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks.random_tensors import random_tensors
from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.convolution import DepthwiseConv
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.elementwise import Add
from edge_tts.network.layers.normalization import RmsNorm
from edge_tts.network.stack_spec import StackInput, StackSpec

WIDTH = 256
NUM_BLOCKS = 8


def vocos(
    seed: int = 0, *, width: int = WIDTH, num_blocks: int = NUM_BLOCKS
) -> tuple[StackSpec, dict[str, NDArray[np.float32]]]:
    """Returns the network and random weights.

    Input ``x`` and output ``sum<last>``: (T, width). A block is a causal depthwise
    convolution of 7 rows, a norm, and two linear layers with GELU between.
    """
    layers: list[Layer] = []
    top = "x"
    for index in range(num_blocks):
        layers += [
            DepthwiseConv(name=f"dw{index}", inputs=(top,), kernel_size=7),
            RmsNorm(name=f"norm{index}", inputs=(f"dw{index}",)),
            Linear(name=f"up{index}", inputs=(f"norm{index}",), channels=3 * width),
            Activation(name=f"bent{index}", inputs=(f"up{index}",), function="gelu"),
            Linear(name=f"down{index}", inputs=(f"bent{index}",), channels=width),
            Add(name=f"sum{index}", inputs=(top, f"down{index}")),
        ]
        top = f"sum{index}"
    spec = StackSpec("vocos", (StackInput("x", width),), tuple(layers), (top,))
    return spec, random_tensors(spec, seed)
