"""A HiFi-GAN generator as a stack that streams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.hifigan_graph import HifiganNetwork, ResidualUnit
from calibrate.graphs.aligned_stack import AlignedStack
from edge_tts.network.stack_spec import StackInput, StackSpec

MEL, WAVE = "mel", "wave"
"""Input and output of the stage."""


def hifigan_stack(
    network: HifiganNetwork,
) -> tuple[StackSpec, dict[str, NDArray[np.float32]]]:
    """Log-mels (T, bands) to samples (T * hop_length, 1), ``lookahead`` frames late.

    Fed with the frames of an utterance and then ``lookahead`` rows that are not valid,
    it gives the samples that the original gives of the whole utterance, both ends
    included, with float rounding as the only difference.
    """
    build = AlignedStack("vocoder", (StackInput(MEL, network.num_mels),))
    value = build.conv("first", MEL, network.first.weight, network.first.bias)
    for index, stage in enumerate(network.stages):
        up = f"up{index}"
        value = build.activation(f"{up}_in", value, "leaky_relu", stage.slope)
        value = build.transposed_conv(
            up,
            value,
            stage.up.weight,
            stage.up.bias,
            stride=stage.up.stride,
            padding=stage.up.padding,
        )
        bent: dict[float, str] = {}
        ends = []
        for number, units in enumerate(stage.blocks):
            end = value
            for place, unit in enumerate(units):
                name = f"stage{index}_block{number}_unit{place}"
                end = _unit(build, name, end, unit, bent if end == value else {})
            ends.append(end)
        value = build.add(f"stage{index}", ends, 1 / len(ends))
    value = build.activation("last_in", value, "leaky_relu", network.last_slope)
    taps = network.last.weight.shape[0]
    reach = (taps - 1) * network.last.dilation // 2
    value = build.delay_to_whole_rows("last_delayed", value, reach)
    value = build.conv(
        "last",
        value,
        network.last.weight,
        network.last.bias,
        dilation=network.last.dilation,
    )
    return build.finish(build.activation(WAVE, value, "tanh"))


def _unit(
    build: AlignedStack,
    name: str,
    source: str,
    unit: ResidualUnit,
    bent: dict[float, str],
) -> str:
    """x + convs(x); ``bent`` holds leaky ReLUs of ``source`` that other blocks made."""
    value = source
    for index, (slope, conv) in enumerate(zip(unit.slopes, unit.convs, strict=True)):
        if index == 0 and slope in bent:
            value = bent[slope]
        else:
            value = build.activation(f"{name}_in{index}", value, "leaky_relu", slope)
        if index == 0:
            bent[slope] = value
        value = build.conv(
            f"{name}_conv{index}",
            value,
            conv.weight,
            conv.bias,
            dilation=conv.dilation,
        )
    return build.add(name, (value, source))
