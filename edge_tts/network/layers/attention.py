"""Attention: each row is a mean of other rows, weighted by how well they match it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape, extend_reach
from edge_tts.network.value import Value


class _Attention(Layer):
    """What both kinds share: heads, and softmax(queries @ keys * scale) @ values.

    Channels of the inputs are heads side by side. Head h reads key and value head
    h // (heads / kv_heads).
    """

    min_inputs: ClassVar[int] = 3
    max_inputs: ClassVar[int | None] = 3
    heads: int
    """Heads of the queries and of the output."""
    kv_heads: int = 0
    """Heads of keys and values, a divisor of ``heads``; 0 takes ``heads``."""
    scale: float = 0.0
    """Factor of the scores; 0 takes 1 / sqrt(channels of a head)."""

    @property
    def num_kv_heads(self) -> int:
        """Heads of keys and values."""
        return self.kv_heads or self.heads

    def score_scale(self, channels: int) -> float:
        """Returns the factor of the scores for queries of so many channels."""
        return self.scale or 1 / math.sqrt(channels // self.heads)

    def _check_heads(self, inputs: Sequence[Value]) -> None:
        self.require_float(inputs)
        queries, keys, values = inputs
        if self.heads < 1 or queries.channels % self.heads:
            self.fail(f"{queries} cannot be split in {self.heads} heads")
        if self.num_kv_heads < 1 or self.heads % self.num_kv_heads:
            self.fail(f"kv_heads {self.kv_heads} do not divide {self.heads} heads")
        channels = queries.channels // self.heads * self.num_kv_heads
        for role, value in (("keys", keys), ("values", values)):
            if value.channels != channels:
                self.fail(f"expected {channels} channels of {role}, got {value}")

    def attend(
        self,
        queries: FloatRows,
        keys: FloatRows,
        values: FloatRows,
        seen: NDArray[np.bool_] | None = None,
    ) -> FloatRows:
        """Returns the output rows.

        Args:
            queries: (T, heads * channels of a head).
            keys: (S, kv_heads * channels of a head).
            values: like ``keys``.
            seen: (T, S), whether a row sees a key; None for all.
        """
        split = [
            rows.reshape(len(rows), heads, -1).transpose(1, 0, 2)
            for rows, heads in (
                (queries, self.heads),
                (keys, self.num_kv_heads),
                (values, self.num_kv_heads),
            )
        ]
        group = self.heads // self.num_kv_heads
        key_heads, value_heads = (np.repeat(rows, group, axis=0) for rows in split[1:])
        scale = np.float32(self.score_scale(queries.shape[1]))
        scores = split[0] @ key_heads.transpose(0, 2, 1) * scale
        if seen is not None:
            scores = np.where(seen, scores, np.float32(-np.inf))
        shares = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        result: FloatRows = (shares @ value_heads).transpose(1, 0, 2)
        return result.reshape(queries.shape)


class CrossAttention(_Attention):
    """Attention of rows over keys and values that stay the same from call to call.

    Inputs: queries, keys, values; the latter two on an axis of their own.
    """

    kind: ClassVar[str] = "cross_attention"

    def check_inputs(self, inputs: Sequence[Value]) -> None:
        """Checks number and axes of the inputs."""
        if len(inputs) != 3:
            self.fail(f"expected queries, keys and values, got {len(inputs)} inputs")
        queries, keys, values = inputs
        if (keys.axis, keys.rate) != (values.axis, values.rate):
            self.fail(f"keys and values differ in rows: {keys} and {values}")
        if keys.axis == queries.axis:
            self.fail(f"keys {keys} lie on the axis of the queries {queries}")

    def output(self, inputs: Sequence[Value]) -> Value:
        self._check_heads(inputs)
        return inputs[0]

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        queries, keys, values = (np.asarray(array, np.float32) for array in inputs)
        return self.attend(queries, keys, values), {}


class SelfAttention(_Attention):
    """Attention of every row over the ``window`` rows up to and with itself.

    Inputs: queries, keys, values, of the same rows. Rows before the first are not
    seen: the state ``length`` counts those that were.
    """

    kind: ClassVar[str] = "self_attention"
    window: int
    """Rows that a row sees, itself included; at least 2."""

    def output(self, inputs: Sequence[Value]) -> Value:
        self._check_heads(inputs)
        if self.window < 2:
            self.fail(f"window must be at least 2, got {self.window}")
        if inputs[0].delay:
            self.fail(
                f"{inputs[0]} lags by {inputs[0].delay} rows, which every row would "
                "see; look ahead behind the attention, or in a stage before it"
            )
        before = max(value.before for value in inputs)
        after = max(value.after for value in inputs)
        value = inputs[0].replace(before=before, after=after)
        return extend_reach(value, self.window - 1, 0, 0)

    def states(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        past = (self.window - 1, inputs[1].channels)
        return {"keys": past, "values": past, "length": (1, 1)}

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        queries = np.asarray(inputs[0], np.float32)
        keys = np.concatenate([states["keys"], inputs[1]])
        values = np.concatenate([states["values"], inputs[2]])
        past, count = self.window - 1, len(queries)
        length = int(states["length"][0, 0])
        newest = past + np.arange(count)[:, None]
        index = np.arange(past + count)
        seen = (index >= past - length) & (index <= newest) & (index >= newest - past)
        result = self.attend(queries, keys, values, seen)
        reached = np.full((1, 1), min(length + count, past), np.float32)
        next_states = {"keys": keys[count:], "values": values[count:]}
        return result, {**next_states, "length": reached}
