"""Every layer kind; one line here makes a kind readable from JSON."""

from __future__ import annotations

from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import Activation, Snake
from edge_tts.network.layers.attention import CrossAttention, SelfAttention
from edge_tts.network.layers.convolution import Conv, Delay, DepthwiseConv
from edge_tts.network.layers.dense import Embedding, Linear, Matrix
from edge_tts.network.layers.elementwise import Add, Affine, Clip, Film, Mul, Scale
from edge_tts.network.layers.gate import GatedTanh, Glu, Swiglu
from edge_tts.network.layers.istft import Istft
from edge_tts.network.layers.normalization import LayerNorm, MatchRms, RmsNorm
from edge_tts.network.layers.rearrange import (
    Concat,
    Slice,
    SplitRows,
    StackRows,
    Upsample,
)
from edge_tts.network.layers.rotary import Rotary
from edge_tts.network.layers.transposed_conv import TransposedConv

LAYERS: dict[str, type[Layer]] = {
    "activation": Activation,
    "add": Add,
    "affine": Affine,
    "clip": Clip,
    "concat": Concat,
    "conv": Conv,
    "cross_attention": CrossAttention,
    "delay": Delay,
    "depthwise_conv": DepthwiseConv,
    "embedding": Embedding,
    "film": Film,
    "gated_tanh": GatedTanh,
    "glu": Glu,
    "istft": Istft,
    "layer_norm": LayerNorm,
    "linear": Linear,
    "match_rms": MatchRms,
    "matrix": Matrix,
    "mul": Mul,
    "rms_norm": RmsNorm,
    "rotary": Rotary,
    "scale": Scale,
    "self_attention": SelfAttention,
    "slice": Slice,
    "snake": Snake,
    "split_rows": SplitRows,
    "stack_rows": StackRows,
    "swiglu": Swiglu,
    "transposed_conv": TransposedConv,
    "upsample": Upsample,
}
"""Kind as spelled in JSON -> class."""
