"""What one step of a network must read and compute at least, from its description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from edge_tts.network.layer import Layer
from edge_tts.network.layers.attention import CrossAttention, SelfAttention
from edge_tts.network.layers.convolution import Conv, DepthwiseConv
from edge_tts.network.layers.dense import Embedding
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.product_format import takes_int8_rows
from edge_tts.network.stack_spec import StackSpec

_FLOAT_NBYTES = 4


@dataclass(frozen=True)
class Window:
    """Past rows that a layer reads again."""

    num_taps: int
    dilation: int
    row_nbytes: int
    rate: float
    """Rows per input row."""

    def nbytes(self, num_rows: int) -> float:
        """Bytes of the different past rows that ``num_rows`` input rows look at."""
        reach = (self.num_taps - 1) * self.dilation
        rows = max(1, num_rows * self.rate)
        # Each of the rows looks back at num_taps - 1 rows; taps of neighbours coincide
        # as soon as there are more rows than a dilation has.
        return min(reach, rows * (self.num_taps - 1)) * self.row_nbytes


@dataclass(frozen=True)
class Work:
    """Bytes and operations of a step; add two to get both."""

    int8_products: float = 0.0
    """Multiply-adds in int8 per input row."""
    fp32_products: float = 0.0
    """Multiply-adds in float32 per input row."""
    weight_nbytes: int = 0
    """Bytes of weights, biases and scales, read once per step."""
    windows: tuple[Window, ...] = ()
    """Conv states."""
    kept_nbytes: int = 0
    """Bytes of other states that every step reads whole, such as keys and values."""

    def __add__(self, other: Work) -> Work:
        return Work(
            self.int8_products + other.int8_products,
            self.fp32_products + other.fp32_products,
            self.weight_nbytes + other.weight_nbytes,
            self.windows + other.windows,
            self.kept_nbytes + other.kept_nbytes,
        )

    def nbytes(self, num_rows: int) -> float:
        """Bytes of weights and states that a step of ``num_rows`` reads."""
        states = sum(window.nbytes(num_rows) for window in self.windows)
        return self.weight_nbytes + self.kept_nbytes + states

    def limit_seconds(
        self, num_rows: int, bandwidth: float, int8_peak: float, fp32_peak: float
    ) -> float:
        """Returns the time below which no step of ``num_rows`` rows can be.

        Args:
            num_rows: input rows of the step.
            bandwidth: bytes per second from the cache that holds weights and states.
            int8_peak: operations per second, two per multiply-add.
            fp32_peak: the same in float32.
        """
        reading = self.nbytes(num_rows) / bandwidth
        int8 = 2 * num_rows * self.int8_products / int8_peak
        fp32 = 2 * num_rows * self.fp32_products / fp32_peak
        return max(reading, int8 + fp32)


def work_of(
    spec: StackSpec, tensors: Mapping[str, NDArray[Any]], text_rows: int = 0
) -> Work:
    """Returns the work of a whole network, with the precisions of its tensors.

    Args:
        spec: the network.
        tensors: its tensors.
        text_rows: rows that cross-attention looks at.
    """
    return sum_work(
        layer_work(spec, layer, tensors, text_rows) for layer in spec.layers
    )


def sum_work(parts: Iterable[Work]) -> Work:
    """Returns the work of several layers."""
    return sum(parts, Work())


def layer_work(
    spec: StackSpec,
    layer: Layer,
    tensors: Mapping[str, NDArray[Any]],
    text_rows: int = 0,
) -> Work:
    """Returns the work of one layer."""
    facts = spec.layer_inputs(layer)
    if isinstance(layer, CrossAttention | SelfAttention):
        # Scores and their sum; keys and values in float32, grouped heads once.
        rows = layer.window if isinstance(layer, SelfAttention) else text_rows
        products = 2.0 * rows * facts[0].channels * float(facts[0].rate)
        kept = 2 * rows * facts[1].channels * _FLOAT_NBYTES
        return Work(fp32_products=products, kept_nbytes=kept)
    int8 = takes_int8_rows(layer, tensors)
    products = layer.multiply_adds(facts) * float(spec.values[layer.name].rate)
    nbytes = 0
    if not isinstance(layer, Embedding):  # A step reads a row of a table, not all.
        roles = [*layer.tensors(facts), "weight_scale"]
        names = [f"{layer.name}.{role}" for role in roles]
        nbytes = sum(tensors[name].nbytes for name in names if name in tensors)
    return Work(
        int8_products=products if int8 else 0.0,
        fp32_products=0.0 if int8 else products,
        weight_nbytes=nbytes,
        windows=_windows(spec, layer, int8),
    )


def _windows(spec: StackSpec, layer: Layer, int8: bool) -> tuple[Window, ...]:
    facts = spec.layer_inputs(layer)
    row_nbytes = facts[0].channels * (1 if int8 else _FLOAT_NBYTES)
    rate = float(facts[0].rate)
    if isinstance(layer, Conv | DepthwiseConv) and layer.left_context:
        return (Window(layer.kernel_size, layer.dilation, row_nbytes, rate),)
    if isinstance(layer, TransposedConv) and layer.num_taps > 1:
        return (Window(layer.num_taps, 1, row_nbytes, rate),)
    return ()
