"""Layers that look at several rows: dense and depthwise convolution, delay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape, extend_reach
from edge_tts.network.value import Value

Padding = Literal["causal", "same"]


class _Window(Layer):
    """What dense and depthwise convolutions share: the window over past rows.

    Causal: output row t reads input rows t - left_context .. t, and the context before
    the first row is a state. Same: rows t - half .. t + half, zeros outside, no state,
    for stacks that see their whole input at once.
    """

    kernel_size: int
    """Number of taps."""
    dilation: int = 1
    """Rows between taps."""
    padding: Padding = "causal"
    """Where the window lies."""
    lookahead: int = 0
    """Rows of the causal window that count as future: the output lags by them."""
    bias: bool = True
    """Whether a bias is added."""

    @property
    def left_context(self) -> int:
        """Rows before the newest one in the window: effective kernel size - 1."""
        return (self.kernel_size - 1) * self.dilation

    @property
    def streamable(self) -> bool:
        return self.padding == "causal"

    @property
    def windowed(self) -> bool:
        return self.left_context > 0

    def states(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        if not self.streamable or self.left_context == 0:
            return {}
        return {"state": (self.left_context, inputs[0].channels)}

    def _check_window(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if self.kernel_size < 1 or self.dilation < 1:
            self.fail(
                f"kernel_size {self.kernel_size} and dilation {self.dilation} "
                "must be at least 1"
            )
        if self.padding == "same":
            if self.kernel_size % 2 == 0 or self.lookahead:
                self.fail(
                    "padding 'same' needs an odd kernel_size and lookahead 0, got "
                    f"{self.kernel_size} and {self.lookahead}"
                )
            half = self.left_context // 2
            return extend_reach(inputs[0], half, half, 0)
        if self.padding != "causal":
            self.fail(f"padding must be 'causal' or 'same', got {self.padding!r}")
        if not 0 <= self.lookahead <= self.left_context:
            self.fail(
                f"lookahead {self.lookahead} is not within the left context of "
                f"{self.left_context} rows"
            )
        past = self.left_context - self.lookahead
        return extend_reach(inputs[0], past, self.lookahead, self.lookahead)

    def with_context(
        self, rows: FloatRows, states: Mapping[str, FloatRows]
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        """Returns all rows the window sees, and the states after ``rows``."""
        if self.left_context == 0:
            return rows, {}
        if not self.streamable:
            half = self.left_context // 2
            return np.pad(rows, ((half, half), (0, 0))), {}
        window = np.concatenate([states["state"], rows])
        return window, {"state": window[len(rows) :]}


class Conv(_Window):
    """Dense dilated convolution; weight[k] belongs to the k-th oldest tap."""

    kind: ClassVar[str] = "conv"
    channels: int
    """Columns of the output."""

    def output(self, inputs: Sequence[Value]) -> Value:
        return self._check_window(inputs).with_channels(self.channels)

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {
            "weight": (self.kernel_size, inputs[0].channels, self.channels)
        }
        if self.bias:
            shapes["bias"] = (self.channels,)
        return shapes

    def multiply_adds(self, inputs: Sequence[Value]) -> int:
        return self.kernel_size * inputs[0].channels * self.channels

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        window, next_states = self.with_context(rows, states)
        taps = [
            window[tap * self.dilation : tap * self.dilation + len(rows)]
            for tap in range(self.kernel_size)
        ]
        weight = tensors["weight"].reshape(-1, self.channels)
        result: FloatRows = np.concatenate(taps, axis=1) @ weight
        return (result + tensors["bias"] if self.bias else result), next_states


class DepthwiseConv(_Window):
    """Dilated convolution of every channel by itself; weight is (kernel_size, C)."""

    kind: ClassVar[str] = "depthwise_conv"

    def output(self, inputs: Sequence[Value]) -> Value:
        return self._check_window(inputs)

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"weight": (self.kernel_size, inputs[0].channels)}
        if self.bias:
            shapes["bias"] = (inputs[0].channels,)
        return shapes

    def multiply_adds(self, inputs: Sequence[Value]) -> int:
        return self.kernel_size * inputs[0].channels

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        window, next_states = self.with_context(rows, states)
        result = np.zeros_like(rows)
        if self.bias:
            result += tensors["bias"]
        for tap in range(self.kernel_size):
            first = tap * self.dilation
            result += window[first : first + len(rows)] * tensors["weight"][tap]
        return result, next_states


class Delay(Layer):
    """The input, ``rows`` rows late; aligns a value with one that looked ahead."""

    kind: ClassVar[str] = "delay"
    rows: int
    """Rows by which the output lags, at least 1."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if self.rows < 1:
            self.fail(f"rows must be at least 1, got {self.rows}")
        return extend_reach(inputs[0], 0, 0, self.rows)

    def states(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        return {"state": (self.rows, inputs[0].channels)}

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        window = np.concatenate([states["state"], rows])
        return window[: len(rows)], {"state": window[len(rows) :]}
