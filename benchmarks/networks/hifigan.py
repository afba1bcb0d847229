"""HiFi-GAN V2, 0.93 million weights: trained where the file is, else random."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.hifigan_graph import (
    ConvPart,
    HifiganNetwork,
    ResidualUnit,
    UpsamplingStage,
    read_hifigan,
)
from calibrate.convert.hifigan_stack import hifigan_stack
from calibrate.convert.onnx_graph import OnnxGraph
from edge_tts.network.stack_spec import StackSpec

_ROOT: Final = Path(__file__).resolve().parents[2]
TRAINED: Final = _ROOT.parent / "shared" / "third_party_models" / "hifigan_lj_v2.onnx"
"""The generator trained on LJ Speech; not part of the project."""
_SLOPE: Final = 0.1
_LAST_SLOPE: Final = 0.01
_UPSAMPLING: Final = ((8, 16), (8, 16), (2, 4), (2, 4))
"""Stride and kernel of each stage."""
_KERNELS: Final = (3, 7, 11)
_DILATIONS: Final = (1, 3, 5)


def hifigan(path: Path = TRAINED) -> tuple[StackSpec, dict[str, NDArray[np.float32]]]:
    """Returns the network and its weights, converted from a file if it is there.

    Inputs ``mel`` (T, 80) and ``valid`` (T, 1); output ``wave`` (256 T, 1).
    """
    if path.exists():
        return hifigan_stack(read_hifigan(OnnxGraph(path)))
    return hifigan_stack(random_hifigan())


def random_hifigan(seed: int = 0, *, width: int = 128) -> HifiganNetwork:
    """Returns a generator of the shape of V2.

    Args:
        seed: of the weights.
        width: channels before the first upsampling; each stage halves them.
    """
    generator = np.random.default_rng(seed)

    def part(taps: int, inputs: int, channels: int, **options: int) -> ConvPart:
        weight = generator.standard_normal((taps, inputs, channels))
        weight /= np.sqrt(taps * inputs)
        bias = 0.1 * generator.standard_normal(channels)
        return ConvPart(weight.astype(np.float32), bias.astype(np.float32), **options)

    def unit(taps: int, channels: int, dilation: int) -> ResidualUnit:
        first = part(taps, channels, channels, dilation=dilation)
        return ResidualUnit((_SLOPE, _SLOPE), (first, part(taps, channels, channels)))

    first = part(7, 80, width)
    stages = []
    for stride, taps in _UPSAMPLING:
        padding = (taps - stride) // 2
        up = part(taps, width, width // 2, stride=stride, padding=padding)
        width //= 2
        blocks = tuple(
            tuple(unit(kernel, width, dilation) for dilation in _DILATIONS)
            for kernel in _KERNELS
        )
        stages.append(UpsamplingStage(_SLOPE, up, blocks))
    return HifiganNetwork(first, tuple(stages), _LAST_SLOPE, part(7, width, 1))
