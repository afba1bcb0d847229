"""Layers that combine values element by element, or change each by constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape, merge_reach
from edge_tts.network.value import Value


class Add(Layer):
    """(sum of the inputs) * scale."""

    kind: ClassVar[str] = "add"
    max_inputs: ClassVar[int | None] = None
    scale: float = 1.0
    """Factor of the sum."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_same_width(inputs)
        return merge_reach(inputs, inputs[0].channels)

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        total = np.array(inputs[0], np.float32)
        for rows in inputs[1:]:
            total += rows
        return total * np.float32(self.scale), {}


class Mul(Layer):
    """Product of the inputs."""

    kind: ClassVar[str] = "mul"
    min_inputs: ClassVar[int] = 2
    max_inputs: ClassVar[int | None] = None

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_same_width(inputs)
        return merge_reach(inputs, inputs[0].channels)

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        product = np.array(inputs[0], np.float32)
        for rows in inputs[1:]:
            product *= rows
        return product, {}


class Scale(Layer):
    """x * gain with one trained gain per channel."""

    kind: ClassVar[str] = "scale"

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        return inputs[0]

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        return {"gain": (inputs[0].channels,)}

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows: FloatRows = inputs[0] * tensors["gain"]
        return rows, {}


class Affine(Layer):
    """x * gain + offset with two constants."""

    kind: ClassVar[str] = "affine"
    gain: float = 1.0
    """Factor."""
    offset: float = 0.0
    """Added after the factor."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        return inputs[0]

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        return rows * np.float32(self.gain) + np.float32(self.offset), {}


class Clip(Layer):
    """x limited to [minimum, maximum]."""

    kind: ClassVar[str] = "clip"
    minimum: float
    """Smallest value let through."""
    maximum: float
    """Largest value let through."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if not self.minimum < self.maximum:
            self.fail(f"minimum {self.minimum} is not below maximum {self.maximum}")
        return inputs[0]

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        return np.clip(rows, np.float32(self.minimum), np.float32(self.maximum)), {}


class Film(Layer):
    """x * (1 + gain) + offset; the second input holds [gain | offset] per row."""

    kind: ClassVar[str] = "film"
    min_inputs: ClassVar[int] = 2
    max_inputs: ClassVar[int | None] = 2

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if inputs[1].channels != 2 * inputs[0].channels:
            self.fail(
                f"expected twice the channels of {inputs[0]} as second input, "
                f"got {inputs[1]}"
            )
        return merge_reach(inputs, inputs[0].channels)

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows, condition = (np.asarray(array, np.float32) for array in inputs)
        gain, offset = np.split(condition, 2, axis=1)
        return rows * (np.float32(1) + gain) + offset, {}
