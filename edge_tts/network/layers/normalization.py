"""Layers that scale a row by statistics of the row itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape, merge_reach
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


class MatchRms(Layer):
    """The first input at the level of the second, row by row.

    x * min(rms(like) / rms(x), limit), where rms is sqrt(mean(x^2) + epsilon) over the
    channels; inputs: x, like.
    """

    kind: ClassVar[str] = "match_rms"
    min_inputs: ClassVar[int] = 2
    max_inputs: ClassVar[int | None] = 2
    epsilon: float = 1e-6
    """Added to both mean squares."""
    limit: float = 0.0
    """Largest factor; 0 for none."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_same_width(inputs)
        if not self.epsilon > 0 or self.limit < 0:
            self.fail(
                f"expected an epsilon above 0 and a limit from 0 on, got "
                f"{self.epsilon} and {self.limit}"
            )
        return merge_reach(inputs, inputs[0].channels)

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows, like = (np.asarray(array, np.float32) for array in inputs)
        levels = [
            np.sqrt(np.square(part).mean(axis=1, keepdims=True) + self.epsilon)
            for part in (like, rows)
        ]
        factors = levels[0] / levels[1]
        if self.limit:
            factors = np.minimum(factors, np.float32(self.limit))
        result: FloatRows = (rows * factors).astype(np.float32)
        return result, {}
