"""Rotary positions: pairs of channels turn by an angle that grows with the row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape
from edge_tts.network.value import Value

Pairs = Literal["half", "interleaved"]


class Rotary(Layer):
    """Turns pair i of each head by row * base^(-2 i / channels) radians.

    Rows are counted from 0, as float32 in the state: exact for 2^24 rows. Products of
    turned queries and keys depend on the distance of their rows alone.
    """

    kind: ClassVar[str] = "rotary"
    heads: int
    """Heads side by side in the channels."""
    channels: int = 0
    """Channels of each head that turn, its first ones; 0 for all."""
    base: float = 10000.0
    """Often called theta."""
    pairs: Pairs = "half"
    """Pair i is channels (i, i + channels / 2), or (2 i, 2 i + 1)."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        value = inputs[0]
        if self.heads < 1 or value.channels % self.heads:
            self.fail(f"{value} cannot be split in {self.heads} heads")
        width = value.channels // self.heads
        turned = self.turned_channels(value.channels)
        if turned % 2 or not 2 <= turned <= width:
            self.fail(f"{turned} channels of {width} cannot turn in pairs")
        if self.pairs not in ("half", "interleaved"):
            self.fail(f"pairs must be 'half' or 'interleaved', got {self.pairs!r}")
        if not self.base > 0:
            self.fail(f"base must be positive, got {self.base}")
        return value

    def states(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        return {"position": (1, 1)}

    def turned_channels(self, channels: int) -> int:
        """Returns how many channels of each head turn."""
        return self.channels or channels // self.heads

    def turns_per_row(self, channels: int) -> NDArray[np.float64]:
        """Returns (pairs,) parts of a full turn by which each pair turns from row to
        row, for rows of ``channels``."""
        turned = self.turned_channels(channels)
        exponents = -np.arange(0, turned, 2) / turned
        turns: NDArray[np.float64] = self.base**exponents / (2 * math.pi)
        return turns

    def pair_channels(self, channels: int) -> NDArray[np.int64]:
        """Returns (2, pairs): both channels of each pair within a head."""
        count = self.turned_channels(channels) // 2
        index = np.arange(count)
        if self.pairs == "half":
            return np.stack([index, index + count])
        return np.stack([2 * index, 2 * index + 1])

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float32)
        first = float(states["position"][0, 0])
        turns = (first + np.arange(len(rows)))[:, None] * self.turns_per_row(
            rows.shape[1]
        )
        angles = 2 * math.pi * (turns - np.rint(turns))
        cosine = np.cos(angles).astype(np.float32)[:, None]
        sine = np.sin(angles).astype(np.float32)[:, None]
        result = rows.reshape(len(rows), self.heads, -1).copy()
        left, right = self.pair_channels(rows.shape[1])
        a, b = result[:, :, left], result[:, :, right]
        result[:, :, left] = a * cosine - b * sine
        result[:, :, right] = b * cosine + a * sine
        position = np.full((1, 1), first + len(rows), np.float32)
        return result.reshape(rows.shape), {"position": position}
