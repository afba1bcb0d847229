"""Layers that bend every element by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape
from edge_tts.network.value import Value

Function = Literal[
    "relu",
    "leaky_relu",
    "elu",
    "tanh",
    "sigmoid",
    "silu",
    "gelu",
    "gelu_tanh",
    "exp",
    "sin",
    "cos",
]
FUNCTIONS: tuple[Function, ...] = get_args(Function)
_erf = np.vectorize(math.erf, otypes=[np.float32])


def sigmoid(rows: FloatRows) -> FloatRows:
    """1 / (1 + exp(-x)) without overflow warnings."""
    half = np.float32(0.5)
    result: FloatRows = half * np.tanh(half * rows) + half
    return result


class Activation(Layer):
    """One of :data:`FUNCTIONS`; gelu is the exact form with erf."""

    kind: ClassVar[str] = "activation"
    function: Function
    """Which function."""
    slope: float = 0.0
    """Factor for negative values; leaky_relu only."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if self.function not in FUNCTIONS:
            self.fail(f"function must be one of {FUNCTIONS}, got {self.function!r}")
        if self.slope and self.function != "leaky_relu":
            self.fail(f"slope is for leaky_relu only, not for {self.function}")
        return inputs[0]

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows: FloatRows = self._apply(np.asarray(inputs[0], np.float32))
        return rows, {}

    def _apply(self, x: FloatRows) -> Any:
        if self.function == "relu":
            return np.maximum(x, np.float32(0))
        if self.function == "leaky_relu":
            return np.where(x < 0, x * np.float32(self.slope), x)
        if self.function == "elu":
            return np.where(x < 0, np.expm1(np.minimum(x, np.float32(0))), x)
        if self.function == "tanh":
            return np.tanh(x)
        if self.function == "sigmoid":
            return sigmoid(x)
        if self.function == "silu":
            return x * sigmoid(x)
        if self.function == "gelu":
            half = np.float32(0.5)
            if x.size == 0:  # np.vectorize refuses empty arrays
                return x
            root: FloatRows = _erf(x * np.float32(math.sqrt(0.5)))
            return half * x * (np.float32(1) + root)
        if self.function == "gelu_tanh":
            half, cubic = np.float32(0.5), np.float32(0.044715)
            inner = np.float32(math.sqrt(2 / math.pi)) * (x + cubic * x * x * x)
            return half * x * (np.float32(1) + np.tanh(inner))
        if self.function == "sin":
            return np.sin(x)
        if self.function == "cos":
            return np.cos(x)
        return np.exp(x)


class Snake(Layer):
    """x + sin(frequency * x)^2 * strength, both trained per channel.

    ``strength`` is 1 / (frequency + epsilon) in the original and is stored ready.
    """

    kind: ClassVar[str] = "snake"

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        return inputs[0]

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        return {"frequency": (inputs[0].channels,), "strength": (inputs[0].channels,)}

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        frequency = np.asarray(tensors["frequency"], np.float32)
        wave: FloatRows = np.square(np.sin(rows * frequency)) * tensors["strength"]
        return rows + wave, {}
