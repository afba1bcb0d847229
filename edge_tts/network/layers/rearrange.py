"""Layers that move numbers without changing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, merge_reach
from edge_tts.network.limits import MAX_RATE
from edge_tts.network.value import Value


class Concat(Layer):
    """The channels of all inputs, side by side."""

    kind: ClassVar[str] = "concat"
    max_inputs: ClassVar[int | None] = None

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        return merge_reach(inputs, sum(value.channels for value in inputs))

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows: FloatRows = np.concatenate(
            [np.asarray(array, np.float32) for array in inputs], axis=1
        )
        return rows, {}


class Slice(Layer):
    """Channels start (included) to stop (excluded)."""

    kind: ClassVar[str] = "slice"
    start: int
    """First channel."""
    stop: int
    """Channel after the last."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if not 0 <= self.start < self.stop <= inputs[0].channels:
            self.fail(f"channels {self.start}:{self.stop} are not within {inputs[0]}")
        return inputs[0].with_channels(self.stop - self.start)

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        return np.asarray(inputs[0], np.float32)[:, self.start : self.stop], {}


class SplitRows(Layer):
    """(T, factor * C) -> (factor * T, C): every row becomes ``factor`` rows."""

    kind: ClassVar[str] = "split_rows"
    factor: int
    """Rows made of each row."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if self.factor < 1 or inputs[0].channels % self.factor:
            self.fail(f"{inputs[0]} cannot be split in {self.factor} rows")
        value = inputs[0]
        return value.replace(
            channels=value.channels // self.factor,
            rate=value.rate * self.factor,
        )

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        width = rows.shape[1] // self.factor
        return rows.reshape(len(rows) * self.factor, width), {}


class StackRows(Layer):
    """(factor * T, C) -> (T, factor * C): groups of rows become one row.

    The number of rows in every call must be a multiple of ``factor``.
    """

    kind: ClassVar[str] = "stack_rows"
    factor: int
    """Rows put side by side."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if self.factor < 1:
            self.fail(f"factor must be at least 1, got {self.factor}")
        # Imported late: it brings decimal, and few networks change their rate.
        from fractions import Fraction

        value = inputs[0]
        return value.replace(
            channels=value.channels * self.factor,
            rate=Fraction(value.rate) / self.factor,
            before=value.before + (self.factor - 1) * value.input_rows,
        )

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        width = rows.shape[1] * self.factor
        return rows.reshape(len(rows) // self.factor, width), {}


class Upsample(Layer):
    """Every row ``factor`` times: (T, C) -> (factor * T, C)."""

    kind: ClassVar[str] = "upsample"
    factor: int
    """Copies of each row."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if not 1 <= self.factor <= MAX_RATE:
            self.fail(f"factor must be 1 to {MAX_RATE}, got {self.factor}")
        return inputs[0].replace(rate=inputs[0].rate * self.factor)

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        return np.repeat(np.asarray(inputs[0], np.float32), self.factor, axis=0), {}
