"""The vocoder's network as stage ``vocoder``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from calibrate.voice.export_builder import FloatArray, StackBuilder, StageNetwork
from calibrate.voice.vocoder_config import (
    MAX_LOG,
    MEL_FLOOR,
    MEL_SCALE,
    MIN_LOG,
    NUM_BANDS,
    NUM_MELS,
    SUBFRAMES,
    VocoderConfig,
)
from calibrate.voice.vocoder_model import band_matrix, envelope_matrix
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.convolution import Delay, DepthwiseConv
from edge_tts.network.layers.dense import Linear, Matrix
from edge_tts.network.layers.elementwise import Add, Affine, Clip
from edge_tts.network.layers.rearrange import Concat, Slice
from edge_tts.network.stack_spec import StackInput


def vocoder_stage(config: VocoderConfig, state: Mapping[str, Tensor]) -> StageNetwork:
    """Normalised frames to the filters of the three sources.

    The direction of the noise pulse leaves the stage as the network gives it; the
    engine brings it to unit length.
    """
    build = StackBuilder(state)
    rows = build.conv(
        "input",
        "x",
        "input_layer",
        config.num_taps,
        causal=True,
        lookahead=config.lookahead,
    )
    for index in range(config.num_blocks):
        rows = _block(build, config, f"block{index}", rows, f"blocks.{index}")
    rows = build.layer_norm("norm", rows, "norm")
    envelope = _envelope(build, config)
    outputs = (
        _filter(build, "log_harmonic", rows, "harmonic", envelope, spread=False),
        build.linear("phase", rows, "phase"),
        _filter(build, "log_noise", rows, "noise", envelope, spread=True),
        _filter(build, "log_pulse", rows, "pulse", envelope, spread=True),
        _excitation(build, rows),
    )
    return build.finish("vocoder", (StackInput("x", config.num_inputs),), outputs)


def _block(
    build: StackBuilder, config: VocoderConfig, name: str, source: str, parameter: str
) -> str:
    depthwise = DepthwiseConv(
        name=f"{name}_depthwise", inputs=(source,), kernel_size=config.kernel_size
    )
    rows = build.add(
        depthwise,
        weight=build.parameter(f"{parameter}.depthwise.weight")[:, 0].T,
        bias=build.parameter(f"{parameter}.depthwise.bias"),
    )
    rows = build.layer_norm(f"{name}_norm", rows, f"{parameter}.norm")
    rows = build.linear(f"{name}_expand", rows, f"{parameter}.expand")
    rows = build.add(Activation(name=f"{name}_silu", inputs=(rows,), function="silu"))
    rows = _contract(build, f"{name}_contract", rows, parameter)
    return build.add(Add(name=name, inputs=(source, rows)))


def _contract(build: StackBuilder, name: str, source: str, parameter: str) -> str:
    """The second linear layer with the block's gain folded in."""
    gain = build.parameter(f"{parameter}.gain")
    weight = build.parameter(f"{parameter}.contract.weight").T * gain
    return build.add(
        Linear(name=name, inputs=(source,), channels=weight.shape[1]),
        weight=weight,
        bias=build.parameter(f"{parameter}.contract.bias") * gain,
    )


def _envelope(build: StackBuilder, config: VocoderConfig) -> str:
    """Log-mels of the frame itself, spread to the bins of both subframes."""
    x = build.add(Delay(name="x_delayed", inputs=("x",), rows=config.lookahead))
    mel = build.add(Slice(name="mel", inputs=(x,), start=0, stop=NUM_MELS))
    matrix = envelope_matrix() * np.float32(MEL_SCALE)
    bins = build.add(
        Matrix(name="mel_bins", inputs=(mel,), channels=matrix.shape[1]), matrix=matrix
    )
    # The columns of the matrix sum to one, so that the floor passes through it.
    bins = build.add(Affine(name="envelope", inputs=(bins,), offset=MEL_FLOOR))
    return build.add(Concat(name="envelopes", inputs=(bins,) * SUBFRAMES))


def _filter(
    build: StackBuilder,
    name: str,
    source: str,
    parameter: str,
    envelope: str,
    *,
    spread: bool,
) -> str:
    rows = build.linear(f"{name}_residual", source, parameter)
    if spread:
        matrix: FloatArray = band_matrix()
        parts = []
        for index in range(SUBFRAMES):
            part = Slice(
                name=f"{name}_bands{index}",
                inputs=(rows,),
                start=index * NUM_BANDS,
                stop=(index + 1) * NUM_BANDS,
            )
            bins = Matrix(
                name=f"{name}_bins{index}",
                inputs=(build.add(part),),
                channels=matrix.shape[1],
            )
            parts.append(build.add(bins, matrix=matrix))
        rows = build.add(Concat(name=f"{name}_bins", inputs=tuple(parts)))
    total = build.add(Add(name=f"{name}_sum", inputs=(rows, envelope)))
    clip = Clip(name=name, inputs=(total,), minimum=MIN_LOG, maximum=MAX_LOG)
    return build.add(clip)


def _excitation(build: StackBuilder, source: str) -> str:
    rows = build.linear("excitation_raw", source, "excitation")
    channels = len(build.parameter("excitation.bias"))
    direction = build.add(Slice(name="direction", inputs=(rows,), start=0, stop=2))
    gains = build.add(Slice(name="gains_raw", inputs=(rows,), start=2, stop=channels))
    gains = build.add(Activation(name="gains", inputs=(gains,), function="tanh"))
    gains = build.add(Affine(name="log_gains", inputs=(gains,), gain=2.0))
    return build.add(Concat(name="excitation", inputs=(direction, gains)))
