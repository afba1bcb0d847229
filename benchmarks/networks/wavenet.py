"""A WaveNet: ten dense dilated convolutions with gates, 5.2 million weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks.random_tensors import random_tensors
from edge_tts.network.layer import Layer
from edge_tts.network.layers.convolution import Conv
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.elementwise import Add
from edge_tts.network.layers.gate import GatedTanh
from edge_tts.network.layers.rearrange import Slice
from edge_tts.network.stack_spec import StackInput, StackSpec

WIDTH = 256
NUM_LAYERS = 10


def wavenet(
    seed: int = 0, *, width: int = WIDTH, num_layers: int = NUM_LAYERS
) -> tuple[StackSpec, dict[str, NDArray[np.float32]]]:
    """Returns the network and random weights.

    Input ``x`` (T, width), outputs ``y`` (T, width), the sum of all skips, and the last
    residual (T, width). Layer i has kernel 3 and dilation 2^i.
    """
    layers: list[Layer] = []
    top, skips = "x", []
    for index in range(num_layers):
        layers += [
            Conv(
                name=f"conv{index}",
                inputs=(top,),
                channels=2 * width,
                kernel_size=3,
                dilation=2**index,
            ),
            GatedTanh(name=f"gate{index}", inputs=(f"conv{index}",)),
            Linear(name=f"out{index}", inputs=(f"gate{index}",), channels=2 * width),
            Slice(name=f"step{index}", inputs=(f"out{index}",), start=0, stop=width),
            Slice(
                name=f"skip{index}",
                inputs=(f"out{index}",),
                start=width,
                stop=2 * width,
            ),
            Add(name=f"sum{index}", inputs=(top, f"step{index}")),
        ]
        top = f"sum{index}"
        skips.append(f"skip{index}")
    layers.append(Add(name="y", inputs=tuple(skips)))
    spec = StackSpec("wavenet", (StackInput("x", width),), tuple(layers), ("y", top))
    return spec, random_tensors(spec, seed)
