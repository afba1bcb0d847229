"""Transposed convolution: the upsampling layer of most vocoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape, extend_reach
from edge_tts.network.limits import MAX_RATE
from edge_tts.network.value import Value


class TransposedConv(Layer):
    """Adds ``x[t] @ weight[j]`` to output row ``stride * t + j - padding``.

    It is computed as a causal convolution that makes all ``stride`` output rows of an
    input row at once (:meth:`expand`), so that inputs are remembered instead of
    unfinished outputs and every output is final when it leaves. It looks ahead where
    ``padding`` drops rows at the start, and its output then lags.
    """

    kind: ClassVar[str] = "transposed_conv"
    channels: int
    """Columns of the output."""
    kernel_size: int
    """Output rows that one input row reaches."""
    stride: int
    """Output rows per input row."""
    padding: int = 0
    """Output rows dropped at the start of the signal."""
    bias: bool = True
    """Whether a bias is added."""

    @property
    def lookahead(self) -> int:
        """Later input rows that reach the output rows of an input row."""
        return (self.stride - 1 + self.padding) // self.stride

    @property
    def num_taps(self) -> int:
        """Input rows that reach the output rows of one input row."""
        return self.lookahead + (self.kernel_size - 1 - self.padding) // self.stride + 1

    @property
    def windowed(self) -> bool:
        return self.num_taps > 1

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if self.stride < 1 or not 0 <= self.padding < self.kernel_size:
            self.fail(
                f"stride {self.stride} must be at least 1 and padding {self.padding} "
                f"below kernel_size {self.kernel_size}"
            )
        if self.stride > MAX_RATE or self.channels < 1:
            self.fail(f"stride {self.stride} or channels {self.channels} is impossible")
        past = self.num_taps - 1 - self.lookahead
        value = extend_reach(inputs[0], past, self.lookahead, self.lookahead)
        return value.replace(channels=self.channels, rate=value.rate * self.stride)

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {
            "weight": (self.kernel_size, inputs[0].channels, self.channels)
        }
        if self.bias:
            shapes["bias"] = (self.channels,)
        return shapes

    def states(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        if self.num_taps == 1:
            return {}
        return {"state": (self.num_taps - 1, inputs[0].channels)}

    def multiply_adds(self, inputs: Sequence[Value]) -> int:
        """Per row of the output; of the sum as defined, without the zeros in it."""
        return -(-self.kernel_size * inputs[0].channels * self.channels // self.stride)

    def expand(self, weight: NDArray[Any]) -> NDArray[Any]:
        """Returns the weight of the equal convolution, of the same type.

        Args:
            weight: (kernel_size, inputs, channels).

        Returns:
            (num_taps, inputs, stride * channels), oldest tap first; the channels of the
            first output row come first.
        """
        _, width, channels = weight.shape
        past = self.num_taps - 1 - self.lookahead
        wide = np.zeros((self.num_taps, width, self.stride, channels), weight.dtype)
        for tap in range(self.num_taps):
            for row in range(self.stride):
                source = row + self.padding + (past - tap) * self.stride
                if 0 <= source < self.kernel_size:
                    wide[tap, :, row] = weight[source]
        return wide.reshape(self.num_taps, width, self.stride * channels)

    def with_context(
        self, rows: FloatRows, states: Mapping[str, FloatRows]
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        """Returns all rows the taps see, and the states after ``rows``."""
        if self.num_taps == 1:
            return rows, {}
        window = np.concatenate([states["state"], rows])
        return window, {"state": window[len(rows) :]}

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        window, next_states = self.with_context(rows, states)
        taps = [window[tap : tap + len(rows)] for tap in range(self.num_taps)]
        weight = self.expand(tensors["weight"])
        wide = np.concatenate(taps, axis=1) @ weight.reshape(-1, weight.shape[-1])
        result: FloatRows = wide.reshape(len(rows) * self.stride, self.channels)
        return (result + tensors["bias"] if self.bias else result), next_states
