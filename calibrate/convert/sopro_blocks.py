"""The blocks that all networks of Sopro are made of, as layers of a StackSpec.

Gates, head biases and the like are constants of a checkpoint: they move into the
weights beside them, so that a gate costs nothing and int8 scales take it up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.checkpoint import Checkpoint
from calibrate.convert.sopro_config import HEADS_TEXT, SoproConfig
from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import Activation, Function
from edge_tts.network.layers.attention import CrossAttention
from edge_tts.network.layers.convolution import DepthwiseConv
from edge_tts.network.layers.dense import Linear
from edge_tts.network.layers.elementwise import Add, Affine, Film
from edge_tts.network.layers.gate import Glu
from edge_tts.network.layers.normalization import LayerNorm, MatchRms, RmsNorm
from edge_tts.network.stack_spec import StackInput, StackSpec

Floats = NDArray[np.float32]
MAX_TEXT_ROWS = 512
"""Tokens whose keys a stage can hold."""
MAX_REFERENCE_ROWS = 512
"""Frames of a reference whose keys a stage can hold: 41 s."""
RMS_EPSILON = 1e-6


class SoproStack:
    """Layers and tensors of one stage in the making.

    Args:
        name: Of the stage.
        source: Where tensors come from.
        config: What it is.
        inputs: What a call provides.
    """

    def __init__(
        self,
        name: str,
        source: Checkpoint,
        config: SoproConfig,
        inputs: Sequence[StackInput],
    ) -> None:
        self._name = name
        self._source = source
        self._config = config
        self._inputs = list(inputs)
        self._layers: list[Layer] = []
        self._tensors: dict[str, Floats] = {}

    def finish(self, *outputs: str) -> tuple[StackSpec, dict[str, Floats]]:
        """The stack and its tensors.

        Raises:
            StackSpecError: They do not fit.
        """
        spec = StackSpec(self._name, tuple(self._inputs), tuple(self._layers), outputs)
        spec.check_tensors(self._tensors)
        return spec, self._tensors

    def add_layer(self, layer: Layer, **tensors: Floats | None) -> str:
        """Append a layer; returns its name."""
        self._layers.append(layer)
        for role, tensor in tensors.items():
            if tensor is not None:
                array = np.ascontiguousarray(tensor, np.float32)
                self._tensors[f"{layer.name}.{role}"] = array
        return layer.name

    def linear(
        self, name: str, value: str, weight: Floats, bias: Floats | None = None
    ) -> str:
        """A product; ``weight`` is (outputs, inputs) as torch keeps it."""
        layer = Linear(
            name=name, inputs=(value,), channels=len(weight), bias=bias is not None
        )
        return self.add_layer(layer, weight=weight.T, bias=bias)

    def linear_of(self, name: str, value: str, path: str) -> str:
        """A product with weight and bias of the checkpoint."""
        weight = self._source.take(f"{path}.weight", (None, None))
        bias = self._source.take(f"{path}.bias", (len(weight),))
        return self.linear(name, value, weight, bias)

    def rms_norm(self, name: str, value: str, path: str) -> str:
        """A norm with a gain of the checkpoint."""
        gain = self._source.take(f"{path}.weight", (self._config.width,))
        layer = RmsNorm(name=name, inputs=(value,), epsilon=RMS_EPSILON)
        return self.add_layer(layer, gain=gain)

    def layer_norm(self, name: str, value: str, path: str) -> str:
        """A norm with gain and bias of the checkpoint."""
        gain, bias = (
            self._source.take(f"{path}.{role}", (self._config.width,))
            for role in ("weight", "bias")
        )
        layer = LayerNorm(name=name, inputs=(value,), epsilon=1e-5)
        return self.add_layer(layer, gain=gain, bias=bias)

    def activation(self, name: str, value: str, function: Function) -> str:
        """An element-wise function."""
        return self.add_layer(Activation(name=name, inputs=(value,), function=function))

    def film(self, name: str, value: str, condition: str) -> str:
        """Gain and offset per channel."""
        return self.add_layer(Film(name=name, inputs=(value, condition)))

    def block(
        self, name: str, value: str, path: str, *, causal: bool, dilation: int = 1
    ) -> str:
        """Gated depthwise convolution and feed-forward, each added to its input."""
        source, width = self._source, self._config.width
        hidden = self.rms_norm(f"{name}_norm", value, f"{path}.norm")
        hidden = self.linear_of(f"{name}_pro", hidden, f"{path}.glu.pro")
        hidden = self.add_layer(Glu(name=f"{name}_glu", inputs=(hidden,)))
        weight = source.take(f"{path}.dw.dw.weight", (width, 1, None))
        conv = DepthwiseConv(
            name=f"{name}_dw",
            inputs=(hidden,),
            kernel_size=weight.shape[2],
            dilation=dilation,
            padding="causal" if causal else "same",
        )
        bias = source.take(f"{path}.dw.dw.bias", (width,))
        hidden = self.add_layer(conv, weight=weight[:, 0].T, bias=bias)
        value = self.add_layer(Add(name=f"{name}_mixed", inputs=(value, hidden)))
        hidden = self.rms_norm(f"{name}_ff_norm", value, f"{path}.ff.0")
        hidden = self.linear_of(f"{name}_up", hidden, f"{path}.ff.1")
        hidden = self.activation(f"{name}_gelu", hidden, "gelu")
        hidden = self.linear_of(f"{name}_down", hidden, f"{path}.ff.3")
        return self.add_layer(Add(name=f"{name}_out", inputs=(value, hidden)))

    def text_attention(self, name: str, value: str, path: str, keys: str) -> str:
        """Attention to the text behind a gate; keys and values are held inputs."""
        gate = np.tanh(self._source.take(f"{path}.gate", ()))
        queries = self._queries(name, value, path)
        mixed = self._attend(name, queries, HEADS_TEXT, f"text_{keys}", "S")
        weight, bias = attention_output(self._source, self._config, path)
        bias = None if bias is None else bias * gate
        mixed = self.linear(f"{name}_out", mixed, weight * gate, bias)
        return self.add_layer(Add(name=f"{name}_add", inputs=(value, mixed)))

    def reference_attention(self, name: str, value: str, path: str, keys: str) -> str:
        """Attention to the reference, brought to the level of what it is added to."""
        config = self._config
        limit = config.reference_gate
        gate = np.float32(limit) * np.tanh(self._source.take(f"{path}.gate", ()))
        queries = self._queries(name, value, path)
        heads = config.reference_heads
        mixed = self._attend(name, queries, heads, f"ref_{keys}", "R")
        weight, bias = attention_output(self._source, config, path)
        if config.is_v1:  # Levels are compared behind the product, and without bound.
            mixed = self.linear(f"{name}_out", mixed, weight, bias)
            mixed = self._match(name, mixed, value, 0.0)
            mixed = self.add_layer(
                Affine(name=f"{name}_gated", inputs=(mixed,), gain=float(gate))
            )
        else:
            mixed = self._match(name, mixed, value, 10.0)
            mixed = self.linear(f"{name}_out", mixed, weight * gate, bias)
        return self.add_layer(Add(name=f"{name}_add", inputs=(value, mixed)))

    def _queries(self, name: str, value: str, path: str) -> str:
        normed = self.rms_norm(f"{name}_nq", value, f"{path}.nq")
        weight, bias = attention_input(self._source, self._config, path, "q")
        return self.linear(f"{name}_q", normed, weight, bias)

    def _attend(
        self, name: str, queries: str, heads: int, suffix: str, axis: str
    ) -> str:
        stem, _, number = suffix.rpartition("_")
        rows = MAX_TEXT_ROWS if axis == "S" else MAX_REFERENCE_ROWS
        names = [f"{stem}_{role}{number}" for role in "kv"]
        for held in names:
            given = StackInput(held, self._config.width, axis=axis, max_rows=rows)
            self._inputs.append(given)
        layer = CrossAttention(
            name=f"{name}_attention", inputs=(queries, *names), heads=heads
        )
        return self.add_layer(layer)

    def _match(self, name: str, value: str, like: str, limit: float) -> str:
        layer = MatchRms(
            name=f"{name}_level",
            inputs=(value, like),
            epsilon=RMS_EPSILON,
            limit=limit,
        )
        return self.add_layer(layer)


def attention_input(
    source: Checkpoint, config: SoproConfig, path: str, role: str
) -> tuple[Floats, Floats | None]:
    """Weight (outputs, inputs) and bias that make queries, keys or values.

    Args:
        source: The checkpoint.
        config: Its facts.
        path: Of the attention.
        role: ``q``, ``k`` or ``v``.
    """
    width = config.width
    if not config.is_v1:
        return source.take(f"{path}.{role}_proj.weight", (width, width)), None
    first = "qkv".index(role) * width
    weight = source.take(f"{path}.attn.in_proj_weight", (3 * width, width))
    bias = source.take(f"{path}.attn.in_proj_bias", (3 * width,))
    return weight[first : first + width], bias[first : first + width]


def attention_output(
    source: Checkpoint, config: SoproConfig, path: str
) -> tuple[Floats, Floats | None]:
    """Weight (outputs, inputs) and bias behind the heads."""
    width = config.width
    stem = f"{path}.attn.out_proj" if config.is_v1 else f"{path}.out_proj"
    weight = source.take(f"{stem}.weight", (width, width))
    return weight, source.take(f"{stem}.bias", (width,)) if config.is_v1 else None
