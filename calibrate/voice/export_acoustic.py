"""The acoustic model as stages ``encoder``, ``conditioner`` and ``decoder``."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from calibrate.voice.acoustic_config import AcousticConfig
from calibrate.voice.export_builder import StackBuilder, StageNetwork
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.dense import Embedding
from edge_tts.network.layers.elementwise import Add
from edge_tts.network.layers.gate import GatedTanh
from edge_tts.network.layers.rearrange import Concat
from edge_tts.network.stack_spec import StackInput

_IDS = ("phoneme_ids", "stresses", "word_positions", "speaker_ids")
_TABLES = ("symbol", "stress", "word_position", "speaker")
_RESIDUAL_SCALE = 0.5**0.5


def encoder_stage(config: AcousticConfig, state: Mapping[str, Tensor]) -> StageNetwork:
    """Token ids to hidden rows and prosody; sees the whole window at once."""
    build = StackBuilder(state)
    rows = _embedding(build, config, "embedding", "encoder.embedding")
    for index, dilation in enumerate(config.encoder_dilations):
        rows = _conv_block(
            build,
            f"block{index}",
            rows,
            f"encoder.blocks.{index}",
            config.encoder_taps,
            dilation,
        )
    hidden = build.layer_norm("hidden", rows, "encoder.norm")
    rows = hidden
    for index in range(config.duration_layers):
        name, source = f"duration{index}", f"encoder.duration.convs.{index}.linear"
        rows = build.conv(name, rows, source, config.duration_taps, causal=False)
        rows = _relu(build, f"{name}_relu", rows)
        norm = f"encoder.duration.norms.{index}"
        rows = build.layer_norm(f"{name}_norm", rows, norm)
    duration = build.linear("duration", rows, "encoder.duration.out")
    rows = _embedding(build, config, "contour_embedding", "encoder.contour.embedding")
    for index, dilation in enumerate(config.contour_dilations):
        rows = _conv_block(
            build,
            f"contour{index}",
            rows,
            f"encoder.contour.blocks.{index}",
            config.encoder_taps,
            dilation,
        )
    rows = build.layer_norm("contour_norm", rows, "encoder.contour.norm")
    contour = build.linear("contour", rows, "encoder.contour.out")
    prosody = build.add(Concat(name="prosody", inputs=(duration, contour)))
    inputs = tuple(StackInput(name, dtype="int64", axis="N") for name in _IDS)
    return build.finish("encoder", inputs, (hidden, prosody))


def conditioner_stage(
    config: AcousticConfig, state: Mapping[str, Tensor]
) -> StageNetwork:
    """Adds pitch and energy to the hidden rows."""
    build = StackBuilder(state)
    prosody = build.conv(
        "prosody_conv", "pitch_energy", "conditioner.conv.linear", 3, causal=False
    )
    out = build.add(Add(name="conditioned", inputs=("hidden", prosody)))
    inputs = (
        StackInput("hidden", config.width, axis="N"),
        StackInput("pitch_energy", 2, axis="N"),
    )
    return build.finish("conditioner", inputs, (out,))


def decoder_stage(config: AcousticConfig, state: Mapping[str, Tensor]) -> StageNetwork:
    """Pairs of regulated frames to pairs of normalised mel, pitch and voicing."""
    build = StackBuilder(state)
    rows = build.conv(
        "input",
        "x",
        "decoder.input.linear",
        config.lookahead + 1,
        causal=True,
        lookahead=config.lookahead,
    )
    skips = []
    for index, dilation in enumerate(config.decoder_dilations):
        name, source = f"block{index}", f"decoder.blocks.{index}"
        conv = build.conv(
            f"{name}_conv",
            rows,
            f"{source}.conv.linear",
            config.decoder_taps,
            dilation,
            causal=True,
        )
        gate = build.add(GatedTanh(name=f"{name}_gate", inputs=(conv,)))
        skip = build.linear(f"{name}_skip", gate, f"{source}.out")
        skips.append(skip)
        if index + 1 < len(config.decoder_dilations):
            rows = build.add(Add(name=name, inputs=(rows, skip), scale=_RESIDUAL_SCALE))
    total = build.add(Add(name="skips", inputs=tuple(skips), scale=len(skips) ** -0.5))
    rows = build.linear("head", _relu(build, "skips_relu", total), "decoder.head")
    out = build.linear("frames", _relu(build, "head_relu", rows), "decoder.out")
    width = config.frames_per_step * config.frame_features
    return build.finish("decoder", (StackInput("x", width),), (out,))


def _embedding(
    build: StackBuilder, config: AcousticConfig, name: str, parameter: str
) -> str:
    tables = [build.parameter(f"{parameter}.{table}.weight") for table in _TABLES]
    layer = Embedding(
        name=name,
        inputs=_IDS,
        channels=tables[0].shape[1],
        sizes=tuple(len(table) for table in tables),
    )
    return build.add(layer, **{f"table{i}": table for i, table in enumerate(tables)})


def _conv_block(
    build: StackBuilder,
    name: str,
    source: str,
    parameter: str,
    taps: int,
    dilation: int,
) -> str:
    rows = build.layer_norm(f"{name}_norm", source, f"{parameter}.norm")
    conv = f"{parameter}.conv.linear"
    rows = build.conv(f"{name}_conv", rows, conv, taps, dilation, causal=False)
    rows = _relu(build, f"{name}_relu", rows)
    rows = build.linear(f"{name}_mix", rows, f"{parameter}.out")
    return build.add(Add(name=name, inputs=(source, rows)))


def _relu(build: StackBuilder, name: str, source: str) -> str:
    return build.add(Activation(name=name, inputs=(source,), function="relu"))
