"""Layers that scale a row by statistics of the row itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape
from edge_tts.network.value import Value


class LayerNorm(Layer):
    """(x - mean) / sqrt(variance + epsilon) * gain + bias over the channels."""

    kind: ClassVar[str] = "layer_norm"
    epsilon: float = 1e-5
    """Added to the variance."""
    affine: bool = True
    """Whether gain and bias are applied; False when the next layer holds them."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        return inputs[0]

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        if not self.affine:
            return {}
        return {"gain": (inputs[0].channels,), "bias": (inputs[0].channels,)}

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        centred = rows - rows.mean(axis=1, keepdims=True)
        variance = np.square(centred).mean(axis=1, keepdims=True)
        result: FloatRows = centred / np.sqrt(variance + np.float32(self.epsilon))
        if self.affine:
            result = result * tensors["gain"] + tensors["bias"]
        return result, {}


class RmsNorm(Layer):
    """x / sqrt(mean(x^2) + epsilon) * gain over the channels."""

    kind: ClassVar[str] = "rms_norm"
    epsilon: float = 1e-6
    """Added to the mean square."""
    affine: bool = True
    """Whether the gain is applied; False when the next layer holds it."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        return inputs[0]

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        return {"gain": (inputs[0].channels,)} if self.affine else {}

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        power = np.square(rows).mean(axis=1, keepdims=True)
        result: FloatRows = rows / np.sqrt(power + np.float32(self.epsilon))
        return (result * tensors["gain"] if self.affine else result), {}
