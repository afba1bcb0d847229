"""The stages of Sopro that read a reference recording, once per voice."""

from __future__ import annotations

import numpy as np

from calibrate.convert.checkpoint import Checkpoint, Floats
from calibrate.convert.converted_stage import ConvertedStage
from calibrate.convert.sopro_blocks import SoproStack, attention_input
from calibrate.convert.sopro_config import SoproConfig
from edge_tts.models.sopro_reference import (
    REFERENCE,
    REFERENCE_WEIGHTS,
    SPEAKER,
    SPEAKER_OUT,
    SPEAKER_TABLE,
    SPEAKER_WEIGHTS,
)
from edge_tts.network.layers.convolution import DepthwiseConv
from edge_tts.network.stack_spec import StackInput


def reference_stages(
    source: Checkpoint, config: SoproConfig
) -> tuple[list[ConvertedStage], dict[str, Floats]]:
    """Return the stages and the tables they read.

    They stay in float: a voice is made once, and everything it says depends on it.

    Raises:
        ConversionError: A tensor is missing or of another shape.
    """
    count = config.num_codebooks
    table = source.take("token2sv.emb.weight", (count * config.codebook_size, None))
    width = table.shape[1]
    weights = np.full(count, 1 / count, np.float32)
    if not config.is_v1:
        weights = _softmax(source.take("ref_cb_weights", (count,)))
    tables = {
        SPEAKER_TABLE: table,
        SPEAKER_WEIGHTS: _softmax(source.take("token2sv.cb_weights", (count,))),
        REFERENCE_WEIGHTS: weights,
    }
    stages = [
        _speaker(source, config, width),
        _speaker_out(source, config, width),
        _reference(source, config),
    ]
    return stages, tables


def _speaker(source: Checkpoint, config: SoproConfig, width: int) -> ConvertedStage:
    """Rows of the speaker table, mixed, to rows and how much each of them counts."""
    stack = SoproStack(SPEAKER, source, config, [StackInput("x", width)])
    value = "x"
    for number, index in enumerate((0, 3)):  # 1, 2 and 4 have no parameters.
        path = f"token2sv.enc.{index}.dw"
        weight = source.take(f"{path}.weight", (width, 1, None))
        conv = DepthwiseConv(
            name=f"conv{number}",
            inputs=(value,),
            kernel_size=weight.shape[2],
            padding="same",
        )
        bias = source.take(f"{path}.bias", (width,))
        value = stack.add_layer(conv, weight=weight[:, 0].T, bias=bias)
        name = "hidden" if number else "bent"
        value = stack.activation(name, value, "gelu")
    score = stack.linear_of("attention", value, "token2sv.pool.attn.0")
    score = stack.activation("attended", score, "tanh")
    stack.linear_of("scores", score, "token2sv.pool.attn.2")
    spec, tensors = stack.finish("hidden", "scores")
    return ConvertedStage(SPEAKER, spec, tensors, whole=True, int8=False)


def _speaker_out(source: Checkpoint, config: SoproConfig, width: int) -> ConvertedStage:
    """Mean and deviation of those rows to the speaker's vector, not yet normalised."""
    given = StackInput("pooled", 2 * width)
    stack = SoproStack(SPEAKER_OUT, source, config, [given])
    stack.linear_of("speaker", "pooled", "token2sv.proj")
    return ConvertedStage(SPEAKER_OUT, *stack.finish("speaker"), int8=False)


def _reference(source: Checkpoint, config: SoproConfig) -> ConvertedStage:
    """Rows of the code table, mixed, to keys and values of every attention to them."""
    stack = SoproStack(REFERENCE, source, config, [StackInput("x", config.width)])
    value = "x"
    for index in range(source.count(r"ref_enc_blocks\.(\d+)\.")):
        path = f"ref_enc_blocks.{index}"
        value = stack.block(f"block{index}", value, path, causal=False)
    value = stack.rms_norm("hidden", value, "ref_enc_norm")
    outputs = []
    stem = "ref_xattn_stack" if config.is_v1 else "ref_xattn"
    for number in range(config.reference_layers):
        path = f"{stem}.blocks.{number}"
        normed = stack.rms_norm(f"nkv{number}", value, f"{path}.nkv")
        for role in "kv":
            weight, bias = attention_input(source, config, path, role)
            outputs.append(stack.linear(f"{role}{number}", normed, weight, bias))
    spec, tensors = stack.finish(*outputs)
    return ConvertedStage(REFERENCE, spec, tensors, whole=True, int8=False)


def _softmax(values: Floats) -> Floats:
    wide = values.astype(np.float64)
    shares = np.exp(wide - wide.max())
    result: Floats = (shares / shares.sum()).astype(np.float32)
    return result
