"""A network in eager PyTorch, float32: what a user of the training framework would run.

Needs ``torch``. Values are (rows, channels); convolutions go through channels-first and
keep their states as concatenated tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from edge_tts.network.layer import Layer
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.convolution import Conv, Delay, DepthwiseConv
from edge_tts.network.layers.elementwise import Add, Affine
from edge_tts.network.layers.normalization import LayerNorm, RmsNorm
from edge_tts.network.layers.rearrange import Slice, SplitRows, StackRows
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.stack_spec import StackSpec

Arrays = Mapping[str, NDArray[Any]]
_FUNCTIONS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "relu": functional.relu,
    "elu": functional.elu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "silu": functional.silu,
    "gelu": functional.gelu,
    "exp": torch.exp,
}


class TorchStep:
    """One stream of a network in eager PyTorch.

    Args:
        spec: the network; one without ``valid``.
        tensors: its float32 tensors.
        inputs: one chunk.
        num_threads: threads inside an operation; a setting of the whole process.

    Raises:
        KeyError: a layer kind is not known here.
        ValueError: the network masks its ends.
    """

    def __init__(
        self, spec: StackSpec, tensors: Arrays, inputs: Arrays, num_threads: int
    ) -> None:
        if spec.valid:
            raise ValueError(f"stack {spec.name!r} masks its ends")
        torch.set_num_threads(num_threads)
        self._spec = spec
        self._inputs = {n: torch.from_numpy(np.array(a)) for n, a in inputs.items()}
        self._states = {
            name: torch.from_numpy(array) for name, array in spec.zero_states().items()
        }
        self._tensors = {n: torch.from_numpy(np.array(a)) for n, a in tensors.items()}
        for layer in spec.layers:  # As the framework keeps them.
            name = f"{layer.name}.weight"
            if isinstance(layer, Conv):
                weight = self._tensors[name].permute(2, 1, 0)
            elif isinstance(layer, DepthwiseConv):
                weight = self._tensors[name].T[:, None]
            elif isinstance(layer, TransposedConv):
                wide = torch.from_numpy(layer.expand(tensors[name]))
                weight = wide.permute(2, 1, 0)
            else:
                continue
            self._tensors[name] = weight.contiguous()
        self._steps = [(layer, _WRITERS[layer.kind]) for layer in spec.layers]
        self._values: dict[str, Tensor] = {}

    @torch.inference_mode()
    def __call__(self) -> None:
        """Runs the next chunk."""
        values = dict(self._inputs)
        for layer, write in self._steps:
            inputs = [values[name] for name in layer.inputs]
            values[layer.name] = write(self, layer, inputs)
        self._values = values

    def outputs(self) -> dict[str, NDArray[Any]]:
        """What the last chunk gave, by name."""
        return {name: self._values[name].numpy() for name in self._spec.outputs}

    def own(self, layer: Layer, role: str) -> Tensor | None:
        """Returns one of a layer's tensors, None when it has none of that role."""
        return self._tensors.get(f"{layer.name}.{role}")

    def with_past(self, layer: Layer, rows: Tensor, count: int) -> Tensor:
        """Returns the rows behind the ``count`` before them, and notes the next."""
        if not count:
            return rows
        name = f"{layer.name}.state"
        window = torch.cat([self._states[name], rows])
        self._states[name] = window[-count:]
        return window


Writer = Callable[[TorchStep, Any, list[Tensor]], Tensor]


def _linear(step: TorchStep, layer: Layer, inputs: list[Tensor]) -> Tensor:
    weight, bias = step.own(layer, "weight"), step.own(layer, "bias")
    assert weight is not None
    return inputs[0] @ weight if bias is None else torch.addmm(bias, inputs[0], weight)


def _conv(step: TorchStep, layer: Conv | DepthwiseConv, inputs: list[Tensor]) -> Tensor:
    rows, padding = inputs[0], 0
    if layer.streamable:
        rows = step.with_past(layer, rows, layer.left_context)
    else:
        padding = layer.left_context // 2
    weight = step.own(layer, "weight")
    assert weight is not None
    result = functional.conv1d(
        rows.T[None],
        weight,
        step.own(layer, "bias"),
        padding=padding,
        dilation=layer.dilation,
        groups=rows.shape[1] if isinstance(layer, DepthwiseConv) else 1,
    )
    return result[0].T


def _transposed(step: TorchStep, layer: TransposedConv, inputs: list[Tensor]) -> Tensor:
    rows = step.with_past(layer, inputs[0], layer.num_taps - 1)
    weight, bias = step.own(layer, "weight"), step.own(layer, "bias")
    assert weight is not None
    wide = functional.conv1d(rows.T[None], weight)[0].T
    result = wide.reshape(-1, layer.channels)
    return result if bias is None else result + bias


def _delay(step: TorchStep, layer: Delay, inputs: list[Tensor]) -> Tensor:
    return step.with_past(layer, inputs[0], layer.rows)[: len(inputs[0])]


def _embedding(step: TorchStep, layer: Layer, inputs: list[Tensor]) -> Tensor:
    tables = [step.own(layer, f"table{index}") for index in range(len(inputs))]
    rows = (functional.embedding(i, t) for i, t in zip(inputs, tables, strict=True))
    return _total(rows)


def _activation(step: TorchStep, layer: Activation, inputs: list[Tensor]) -> Tensor:
    if layer.function == "leaky_relu":
        return functional.leaky_relu(inputs[0], layer.slope)
    return _FUNCTIONS[layer.function](inputs[0])


def _norm(step: TorchStep, layer: LayerNorm | RmsNorm, inputs: list[Tensor]) -> Tensor:
    gain, width = step.own(layer, "gain"), (inputs[0].shape[1],)
    if isinstance(layer, RmsNorm):
        return functional.rms_norm(inputs[0], width, gain, layer.epsilon)
    bias = step.own(layer, "bias")
    return functional.layer_norm(inputs[0], width, gain, bias, layer.epsilon)


def _gate(step: TorchStep, layer: Layer, inputs: list[Tensor]) -> Tensor:
    signal, gate = inputs[0].chunk(2, dim=1)
    return (torch.tanh(signal) if layer.kind == "gated_tanh" else signal) * (
        torch.sigmoid(gate)
    )


def _add(step: TorchStep, layer: Add, inputs: list[Tensor]) -> Tensor:
    total = _total(iter(inputs))
    return total if layer.scale == 1.0 else total * layer.scale


def _affine(step: TorchStep, layer: Affine, inputs: list[Tensor]) -> Tensor:
    return inputs[0] * layer.gain + layer.offset


def _concat(step: TorchStep, layer: Layer, inputs: list[Tensor]) -> Tensor:
    return torch.cat(inputs, dim=1)


def _slice(step: TorchStep, layer: Slice, inputs: list[Tensor]) -> Tensor:
    return inputs[0][:, layer.start : layer.stop]


def _reshape(
    step: TorchStep, layer: SplitRows | StackRows, inputs: list[Tensor]
) -> Tensor:
    width = inputs[0].shape[1]
    if isinstance(layer, SplitRows):
        return inputs[0].reshape(-1, width // layer.factor)
    return inputs[0].reshape(-1, width * layer.factor)


def _cross_attention(step: TorchStep, layer: Any, inputs: list[Tensor]) -> Tensor:
    heads = [layer.heads, layer.num_kv_heads, layer.num_kv_heads]
    queries, keys, values = (
        rows.reshape(len(rows), count, -1).transpose(0, 1)[None]
        for rows, count in zip(inputs, heads, strict=True)
    )
    result = functional.scaled_dot_product_attention(
        queries,
        keys,
        values,
        scale=layer.score_scale(inputs[0].shape[1]),
        enable_gqa=layer.num_kv_heads != layer.heads,
    )
    return result[0].transpose(0, 1).reshape(inputs[0].shape)


def _total(parts: Any) -> Tensor:
    result: Tensor = next(parts)
    for part in parts:
        result = result + part
    return result


_WRITERS: Final[dict[str, Writer]] = {
    "activation": _activation,
    "add": _add,
    "affine": _affine,
    "concat": _concat,
    "conv": _conv,
    "cross_attention": _cross_attention,
    "delay": _delay,
    "depthwise_conv": _conv,
    "embedding": _embedding,
    "gated_tanh": _gate,
    "glu": _gate,
    "layer_norm": _norm,
    "linear": _linear,
    "rms_norm": _norm,
    "slice": _slice,
    "split_rows": _reshape,
    "stack_rows": _reshape,
    "transposed_conv": _transposed,
}
"""Kinds that the benchmark's networks have."""
