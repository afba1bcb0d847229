"""The halves of Mimi as stacks that stream: every layer is causal, nothing looks ahead.

What the original pads with zeros on the left are states that start as zeros. On the
right it pads only what a strided convolution needs for its last row; there the encoder
has an input that says where the sound ends.
"""

from __future__ import annotations

import numpy as np

from calibrate.convert.checkpoint import Checkpoint
from calibrate.convert.mimi_config import MimiConfig
from calibrate.convert.stack_builder import Floats, StackBuilder
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.attention import SelfAttention
from edge_tts.network.layers.convolution import Conv, DepthwiseConv
from edge_tts.network.layers.dense import Linear, Matrix
from edge_tts.network.layers.elementwise import Add, Mul
from edge_tts.network.layers.normalization import LayerNorm
from edge_tts.network.layers.rearrange import Concat, Slice, SplitRows, StackRows
from edge_tts.network.layers.rotary import Rotary
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.stack_spec import StackInput, StackSpec

Stack = tuple[StackSpec, dict[str, Floats]]
_QUANTIZERS = (
    "quantizer.semantic_residual_vector_quantizer",
    "quantizer.acoustic_residual_vector_quantizer",
)


def decoder_stack(source: Checkpoint, config: MimiConfig) -> Stack:
    """Sums of codebook rows, semantic and acoustic side by side, (T, 2 * codebook
    width) to rows (T * stride, width): projection, upsampling, transformer."""
    build = StackBuilder(
        "mimi_decoder", (StackInput("latents", 2 * config.codebook_width),)
    )
    shape = (config.width, config.codebook_width, 1)
    halves = [source.take(f"{part}.output_proj.weight", shape) for part in _QUANTIZERS]
    weight = np.concatenate([half[:, :, 0] for half in halves], axis=1).T
    value = build.add(
        Linear(name="latent", inputs=("latents",), channels=config.width, bias=False),
        weight=weight,
    )
    value = _upsample(build, source, config, value)
    value = _transformer(build, source, config, "decoder_transformer", value)
    return build.finish(value)


def synthesis_stack(source: Checkpoint, config: MimiConfig) -> Stack:
    """Rows of the transformer (S, width) to samples (S * samples per row, 1)."""
    build = StackBuilder("mimi_synthesis", (StackInput("hidden", config.width),))
    value = _conv(build, source, "decoder.layers.0", "first", "hidden")
    index = 1
    for stage, ratio in enumerate(config.ratios):
        name = f"stage{stage}"
        value = _elu(build, f"{name}_in", value)
        path = f"decoder.layers.{index + 1}.conv"
        weight = source.take(f"{path}.weight", (None, None, 2 * ratio))
        value = build.add(
            TransposedConv(
                name=f"{name}_up",
                inputs=(value,),
                channels=weight.shape[1],
                kernel_size=2 * ratio,
                stride=ratio,
            ),
            weight=weight.transpose(2, 0, 1),
            bias=source.take(f"{path}.bias", (weight.shape[1],)),
        )
        index += 2
        value = _units(build, source, config, f"decoder.layers.{index}", name, value)
        index += config.num_residual
    value = _elu(build, "last_in", value)
    return build.finish(
        _conv(build, source, f"decoder.layers.{index + 1}", "wave", value)
    )


def analysis_stack(source: Checkpoint, config: MimiConfig) -> Stack:
    """Samples and where they are valid, both (S, samples per row), to rows for the
    transformer (S, width).

    ``valid`` is 1 up to the end of the sound and 0 after it.
    """
    size = config.samples_per_row
    inputs = (StackInput("samples", size), StackInput("valid", size))
    build = StackBuilder("mimi_analysis", inputs)
    samples, valid = (
        build.add(SplitRows(name=f"{name}_split", inputs=(name,), factor=size))
        for name in ("samples", "valid")
    )
    value = _conv(build, source, "encoder.layers.0", "first", samples)
    index = 1
    for stage, ratio in enumerate(reversed(config.ratios)):
        name = f"stage{stage}"
        value = _units(build, source, config, f"encoder.layers.{index}", name, value)
        index += config.num_residual
        value = _elu(build, f"{name}_in", value)
        path = f"encoder.layers.{index + 1}.conv"
        weight = source.take(f"{path}.weight", (None, None, 2 * ratio))
        value = _bounded(build, name, value, valid, weight.shape[1])
        bias = source.take(f"{path}.bias", (weight.shape[0],))
        value = _strided(build, f"{name}_down", value, weight, bias, ratio)
        stacked = build.add(
            StackRows(name=f"{name}_valid_rows", inputs=(valid,), factor=ratio)
        )
        # A row is there when its first sample is.
        valid = build.add(
            Slice(name=f"{name}_valid", inputs=(stacked,), start=0, stop=1)
        )
        index += 2
    value = _elu(build, "last_in", value)
    return build.finish(
        _conv(build, source, f"encoder.layers.{index + 1}", "rows", value)
    )


def encoder_stack(source: Checkpoint, config: MimiConfig) -> Stack:
    """Rows of the analysis (S, width) to rows of the transformer (S, width)."""
    build = StackBuilder("mimi_encoder", (StackInput("rows", config.width),))
    return build.finish(
        _transformer(build, source, config, "encoder_transformer", "rows")
    )


def downsample_stack(source: Checkpoint, config: MimiConfig) -> Stack:
    """Transformer rows, ``stride`` of them side by side, (T, stride * width) to what
    the quantisers search for, semantic and acoustic, (T, 2 * codebook width).

    The original repeats the first row before the sound instead of padding with zeros:
    feed a row of ``stride`` copies of it first and drop the first row of the output.
    """
    wide = config.stride * config.width
    build = StackBuilder("mimi_downsample", (StackInput("hidden", wide),))
    weight = source.take(
        "downsample.conv.weight", (config.width, config.width, 2 * config.stride)
    )
    value = build.add(
        Conv(
            name="down",
            inputs=("hidden",),
            channels=config.width,
            kernel_size=2,
            bias=False,
        ),
        weight=_strided_taps(weight, config.stride),
    )
    shape = (config.codebook_width, config.width, 1)
    halves = [source.take(f"{part}.input_proj.weight", shape) for part in _QUANTIZERS]
    return build.finish(
        build.add(
            Linear(
                name="latents",
                inputs=(value,),
                channels=2 * config.codebook_width,
                bias=False,
            ),
            weight=np.concatenate([half[:, :, 0] for half in halves]).T,
        )
    )


def _upsample(
    build: StackBuilder, source: Checkpoint, config: MimiConfig, value: str
) -> str:
    """Transposed convolution of every channel by itself: one pair of taps per row."""
    stride, width = config.stride, config.width
    weight = source.take("upsample.conv.weight", (width, 1, 2 * stride))[:, 0]
    rows = []
    for row in range(stride):
        layer = DepthwiseConv(
            name=f"upsampled{row}", inputs=(value,), kernel_size=2, bias=False
        )
        taps = np.stack([weight[:, row + stride], weight[:, row]])
        rows.append(build.add(layer, weight=taps))
    wide = build.add(Concat(name="upsampled_rows", inputs=tuple(rows)))
    return build.add(SplitRows(name="upsampled", inputs=(wide,), factor=stride))


def _transformer(
    build: StackBuilder, source: Checkpoint, config: MimiConfig, root: str, value: str
) -> str:
    for index in range(config.num_layers):
        last = index == config.num_layers - 1
        path, name = f"{root}.layers.{index}", "hidden" if last else f"block{index}"
        value = _block(build, source, config, path, name, value)
    return value


def _block(
    build: StackBuilder,
    source: Checkpoint,
    config: MimiConfig,
    path: str,
    name: str,
    value: str,
) -> str:
    """One layer; the scales of its branches go into the last product of each."""
    width = config.width
    norm = _norm(build, source, config, f"{path}.input_layernorm", f"{name}_a", value)
    attention = f"{path}.self_attn"
    kv_width = width // config.heads * config.kv_heads
    weights = [
        source.take(f"{attention}.{role}_proj.weight", (rows, width))
        for role, rows in (("q", width), ("k", kv_width), ("v", kv_width))
    ]
    both = build.add(
        Linear(
            name=f"{name}_qkv",
            inputs=(norm,),
            channels=width + 2 * kv_width,
            bias=False,
        ),
        weight=np.concatenate(weights).T,
    )
    turned = build.add(
        Slice(name=f"{name}_qk", inputs=(both,), start=0, stop=width + kv_width)
    )
    turned = build.add(
        Rotary(
            name=f"{name}_turned",
            inputs=(turned,),
            heads=config.heads + config.kv_heads,
            base=config.rope_base,
        )
    )
    spans = (
        ("q", turned, 0, width),
        ("k", turned, width, width + kv_width),
        ("v", both, width + kv_width, width + 2 * kv_width),
    )
    parts = [
        build.add(Slice(name=f"{name}_{role}", inputs=(rows,), start=first, stop=last))
        for role, rows, first, last in spans
    ]
    seen = build.add(
        SelfAttention(
            name=f"{name}_attended",
            inputs=tuple(parts),
            heads=config.heads,
            kv_heads=config.kv_heads if config.kv_heads != config.heads else 0,
            window=config.window,
        )
    )
    scale = source.take(f"{path}.self_attn_layer_scale.scale", (width,))
    weight = source.take(f"{attention}.o_proj.weight", (width, width))
    seen = build.add(
        Linear(name=f"{name}_out", inputs=(seen,), channels=width, bias=False),
        weight=(weight * scale[:, None]).T,
    )
    value = build.add(Add(name=f"{name}_b", inputs=(value, seen)))
    norm = _norm(
        build, source, config, f"{path}.post_attention_layernorm", f"{name}_c", value
    )
    weight = source.take(f"{path}.mlp.fc1.weight", (None, width))
    inner = len(weight)
    wide = build.add(
        Linear(name=f"{name}_up", inputs=(norm,), channels=inner, bias=False),
        weight=weight.T,
    )
    wide = build.add(Activation(name=f"{name}_bent", inputs=(wide,), function="gelu"))
    scale = source.take(f"{path}.mlp_layer_scale.scale", (width,))
    weight = source.take(f"{path}.mlp.fc2.weight", (width, inner))
    narrow = build.add(
        Linear(name=f"{name}_down", inputs=(wide,), channels=width, bias=False),
        weight=(weight * scale[:, None]).T,
    )
    return build.add(Add(name=name, inputs=(value, narrow)))


def _norm(
    build: StackBuilder,
    source: Checkpoint,
    config: MimiConfig,
    path: str,
    name: str,
    value: str,
) -> str:
    layer = LayerNorm(name=name, inputs=(value,), epsilon=config.norm_epsilon)
    return build.add(
        layer,
        gain=source.take(f"{path}.weight", (config.width,)),
        bias=source.take(f"{path}.bias", (config.width,)),
    )


def _units(
    build: StackBuilder,
    source: Checkpoint,
    config: MimiConfig,
    path: str,
    name: str,
    value: str,
) -> str:
    """Residual units; ``path`` is that of the first, the others count on."""
    root, _, first = path.rpartition(".")
    for index in range(config.num_residual):
        unit = f"{root}.{int(first) + index}.block"
        inner = _elu(build, f"{name}_unit{index}_a", value)
        dilation = config.dilation_growth**index
        inner = _conv(
            build, source, f"{unit}.1", f"{name}_unit{index}_b", inner, dilation
        )
        inner = _elu(build, f"{name}_unit{index}_c", inner)
        inner = _conv(build, source, f"{unit}.3", f"{name}_unit{index}_d", inner)
        value = build.add(Add(name=f"{name}_unit{index}", inputs=(inner, value)))
    return value


def _conv(
    build: StackBuilder,
    source: Checkpoint,
    path: str,
    name: str,
    value: str,
    dilation: int = 1,
) -> str:
    weight = source.take(f"{path}.conv.weight", (None, None, None))
    layer = Conv(
        name=name,
        inputs=(value,),
        channels=len(weight),
        kernel_size=weight.shape[2],
        dilation=dilation,
    )
    bias = source.take(f"{path}.conv.bias", (len(weight),))
    return build.add(layer, weight=weight.transpose(2, 1, 0), bias=bias)


def _strided(
    build: StackBuilder,
    name: str,
    value: str,
    weight: Floats,
    bias: Floats,
    stride: int,
) -> str:
    """A convolution of 2 * stride taps that moves by ``stride`` rows.

    Groups of ``stride`` rows become one row; of those it sees two.
    """
    rows = build.add(StackRows(name=f"{name}_rows", inputs=(value,), factor=stride))
    layer = Conv(name=name, inputs=(rows,), channels=len(weight), kernel_size=2)
    return build.add(layer, weight=_strided_taps(weight, stride), bias=bias)


def _strided_taps(weight: Floats, stride: int) -> Floats:
    """(outputs, inputs, 2 * stride) as two taps over groups of rows."""
    channels, inputs, _ = weight.shape
    taps: Floats = weight.transpose(2, 1, 0).reshape(2, stride * inputs, channels)
    return taps


def _bounded(
    build: StackBuilder, name: str, value: str, valid: str, channels: int
) -> str:
    """Zeros after the end of the sound, as the original pads."""
    wide = build.add(
        Matrix(name=f"{name}_mask", inputs=(valid,), channels=channels),
        matrix=np.ones((1, channels), np.float32),
    )
    return build.add(Mul(name=f"{name}_bounded", inputs=(value, wide)))


def _elu(build: StackBuilder, name: str, value: str) -> str:
    return build.add(Activation(name=name, inputs=(value,), function="elu"))
