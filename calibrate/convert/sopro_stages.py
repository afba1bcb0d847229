"""The stages that turn text into codes, out of a Sopro checkpoint."""

from __future__ import annotations

import numpy as np

from calibrate.convert.checkpoint import Checkpoint
from calibrate.convert.converted_stage import ConvertedStage
from calibrate.convert.sopro_blocks import SoproStack, attention_input
from calibrate.convert.sopro_config import STAGES, SoproConfig
from edge_tts.network.stack_spec import StackInput


def speaking_stages(source: Checkpoint, config: SoproConfig) -> list[ConvertedStage]:
    """Text, style, conditioning, generator and refinement.

    Raises:
        ConversionError: A tensor is missing or of another shape.
    """
    return [
        _text(source, config),
        _style(source, config),
        _conditioner(source, config),
        _generator(source, config),
        *(_refiners_v1 if config.is_v1 else _refiners)(source, config),
    ]


def _text(source: Checkpoint, config: SoproConfig) -> ConvertedStage:
    """Embedded tokens to their rows and to the keys and values of the generator."""
    stack = SoproStack("text", source, config, [StackInput("x", config.width)])
    value = "x"
    for index in range(source.count(r"text_enc\.layers\.(\d+)\.")):
        path = f"text_enc.layers.{index}"
        value = stack.block(f"block{index}", value, path, causal=False)
    outputs = [stack.rms_norm("hidden", value, "text_enc.norm")]
    for number, block in enumerate(config.ar_attention):
        path = f"ar.x_attns.{block}"
        normed = stack.rms_norm(f"nkv{number}", outputs[0], f"{path}.nkv")
        for role in "kv":
            weight, bias = attention_input(source, config, path, role)
            outputs.append(stack.linear(f"{role}{number}", normed, weight, bias))
    return ConvertedStage("text", *stack.finish(*outputs), whole=True)


def _style(source: Checkpoint, config: SoproConfig) -> ConvertedStage:
    """The speaker's vector to gains and offsets, both bent by tanh."""
    given = StackInput("speaker", config.speaker_width)
    stack = SoproStack("style", source, config, [given])
    hidden = stack.linear_of("first", "speaker", "spk_film.mlp.0")
    hidden = stack.activation("bent", hidden, "gelu")
    hidden = stack.linear_of("second", hidden, "spk_film.mlp.2")
    style = stack.activation("style", hidden, "tanh")
    return ConvertedStage("style", *stack.finish(style), int8=False)


def _conditioner(source: Checkpoint, config: SoproConfig) -> ConvertedStage:
    """Frames to their conditioning, each by itself."""
    width = config.width
    given = [StackInput("x", width), StackInput("style", 2 * width)]
    stack = SoproStack("cond", source, config, given)
    value = stack.layer_norm("norm", "x", "spk_film.norm")
    value = stack.film("styled", value, "style")
    stem = "ref_xattn_stack" if config.is_v1 else "ref_xattn"
    for index in range(config.reference_layers):
        path = f"{stem}.blocks.{index}"
        value = stack.reference_attention(f"ref{index}", value, path, str(index))
    cond = stack.rms_norm("cond", value, "cond_norm")
    return ConvertedStage("cond", *stack.finish(cond))


def _generator(source: Checkpoint, config: SoproConfig) -> ConvertedStage:
    """Conditioning plus the code before to the logits of the next code."""
    stack = SoproStack("ar", source, config, [StackInput("x", config.width)])
    value = "x"
    for index, dilation in enumerate(config.ar_dilations):
        path = f"ar.blocks.{index}"
        value = stack.block(
            f"block{index}", value, path, causal=True, dilation=dilation
        )
        if index in config.ar_attention:
            number = config.ar_attention.index(index)
            path = f"ar.x_attns.{index}"
            value = stack.text_attention(f"text{number}", value, path, str(number))
    value = stack.rms_norm("norm", value, "ar.norm")
    logits = stack.linear_of("logits", value, "ar.head")
    loop = {
        "sampler": "speech",
        "stop_tokens": [] if config.is_v1 else [config.codebook_size],
        "min_steps": 0 if config.is_v1 else config.min_frames,
        "max_steps": config.max_frames,
    }
    return ConvertedStage("ar", *stack.finish(logits), kind="ar", loop=loop)


def _refiners(source: Checkpoint, config: SoproConfig) -> list[ConvertedStage]:
    """v1.5: one trunk, which a style tells the pass, and heads for every pass."""
    width = config.width
    given = [StackInput("x", width), StackInput("style", 2 * width)]
    stack = SoproStack("nar", source, config, given)
    value = stack.rms_norm("norm", "x", "nar.adapter.norm")
    value = stack.film("styled", value, "style")
    for index, dilation in enumerate(config.nar_dilations):
        path = f"nar.blocks.{index}"
        value = stack.block(
            f"block{index}", value, path, causal=False, dilation=dilation
        )
    value = stack.rms_norm("last", value, "nar.norm")
    code = stack.linear_of("code", value, "nar.pre")
    stages = [ConvertedStage("nar", *stack.finish(code), whole=True)]
    for letter in STAGES:
        biases = source.take(f"nar.head_id_emb.{letter}.weight")
        stages.append(_heads(source, config, letter, f"nar.heads.{letter}", biases))
    return stages


def _heads(
    source: Checkpoint,
    config: SoproConfig,
    letter: str,
    path: str,
    shifts: np.ndarray,
) -> ConvertedStage:
    """All codebooks of a pass as one product; what is added before it is its bias."""
    width = shifts.shape[1]
    name = f"heads_{letter.lower()}"
    stack = SoproStack(name, source, config, [StackInput("x", width)])
    weights, biases = [], []
    for index, shift in enumerate(shifts):
        weight = source.take(f"{path}.{index}.weight", (config.codebook_size, width))
        bias = source.take(f"{path}.{index}.bias", (config.codebook_size,))
        weights.append(weight)
        moved = bias + weight.astype(np.float64) @ shift.astype(np.float64)
        biases.append(moved.astype(np.float32))
    logits = stack.linear(
        "logits", "x", np.concatenate(weights), np.concatenate(biases)
    )
    return ConvertedStage(name, *stack.finish(logits))


def _refiners_v1(source: Checkpoint, config: SoproConfig) -> list[ConvertedStage]:
    """v1: a causal network of its own for every pass."""
    stages = []
    for letter in STAGES:
        root, name = f"stages.{letter}", f"nar_{letter.lower()}"
        stack = SoproStack(name, source, config, [StackInput("x", config.width)])
        value = "x"
        for index, dilation in enumerate(config.nar_dilations):
            path = f"{root}.blocks.{index}"
            value = stack.block(
                f"block{index}", value, path, causal=True, dilation=dilation
            )
        value = stack.rms_norm("norm", value, f"{root}.norm")
        value = stack.linear_of("code", value, f"{root}.pre")
        count = source.count(rf"stages\.{letter}\.heads\.(\d+)\.")
        paths = [f"{root}.heads.{index}" for index in range(count)]
        weights = [source.take(f"{head}.weight") for head in paths]
        biases = [source.take(f"{head}.bias") for head in paths]
        logits = stack.linear(
            "logits", value, np.concatenate(weights), np.concatenate(biases)
        )
        stages.append(ConvertedStage(name, *stack.finish(logits)))
    return stages
