"""Layers that mix the channels of one row: linear, matrix, embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape, merge_reach
from edge_tts.network.value import Value


class Linear(Layer):
    """y = x @ weight + bias; the product may run in int8."""

    kind: ClassVar[str] = "linear"
    channels: int
    """Columns of the output."""
    bias: bool = True
    """Whether a bias is added."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        return inputs[0].with_channels(self.channels)

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"weight": (inputs[0].channels, self.channels)}
        if self.bias:
            shapes["bias"] = (self.channels,)
        return shapes

    def multiply_adds(self, inputs: Sequence[Value]) -> int:
        return inputs[0].channels * self.channels

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows: FloatRows = inputs[0] @ tensors["weight"]
        return (rows + tensors["bias"] if self.bias else rows), {}


class Matrix(Layer):
    """y = x @ matrix with a fixed matrix; always computed in float32."""

    kind: ClassVar[str] = "matrix"
    channels: int
    """Columns of the output."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        return inputs[0].with_channels(self.channels)

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        return {"matrix": (inputs[0].channels, self.channels)}

    def multiply_adds(self, inputs: Sequence[Value]) -> int:
        return inputs[0].channels * self.channels

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows: FloatRows = inputs[0] @ tensors["matrix"]
        return rows, {}


class Embedding(Layer):
    """Sum of one table row per input; input i holds ids below ``sizes[i]``."""

    kind: ClassVar[str] = "embedding"
    max_inputs: ClassVar[int | None] = None
    channels: int
    """Columns of every table."""
    sizes: tuple[int, ...]
    """Rows of each table, one table per input."""

    def output(self, inputs: Sequence[Value]) -> Value:
        if len(self.sizes) != len(inputs):
            self.fail(f"{len(self.sizes)} table sizes for {len(inputs)} inputs")
        for name, value in zip(self.inputs, inputs, strict=True):
            if value.dtype != "int64":
                self.fail(f"expected ids from {name!r}, got {value}")
        return merge_reach(inputs, self.channels)

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        return {
            f"table{index}": (size, self.channels)
            for index, size in enumerate(self.sizes)
        }

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.zeros((len(inputs[0]), self.channels), np.float32)
        for index, ids in enumerate(inputs):
            rows += tensors[f"table{index}"][ids]
        return rows, {}
