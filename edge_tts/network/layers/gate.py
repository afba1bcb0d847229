"""Layers whose second half of channels gates the first half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer
from edge_tts.network.layers.activation import sigmoid
from edge_tts.network.value import Value


class _Gate(Layer):
    """Splits the channels in two halves of equal width."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if inputs[0].channels % 2:
            self.fail(f"expected an even number of channels, got {inputs[0]}")
        return inputs[0].with_channels(inputs[0].channels // 2)


class GatedTanh(_Gate):
    """tanh(first half) * sigmoid(second half)."""

    kind: ClassVar[str] = "gated_tanh"

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        signal, gate = np.split(np.asarray(inputs[0], np.float32), 2, axis=1)
        return np.tanh(signal) * sigmoid(gate), {}


class Glu(_Gate):
    """first half * sigmoid(second half)."""

    kind: ClassVar[str] = "glu"

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        signal, gate = np.split(np.asarray(inputs[0], np.float32), 2, axis=1)
        return signal * sigmoid(gate), {}


class Swiglu(_Gate):
    """first half * silu(second half), as in the feed-forward blocks of Llama and Qwen.

    N. Shazeer: GLU Variants Improve Transformer, 2020, section 2, halves swapped.
    """

    kind: ClassVar[str] = "swiglu"

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        signal, gate = np.split(np.asarray(inputs[0], np.float32), 2, axis=1)
        return signal * gate * sigmoid(gate), {}
