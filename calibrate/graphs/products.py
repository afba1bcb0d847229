"""How a product of rows with a weight matrix is written: one class per scheme."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.graphs.activation_ranges import ActivationRange
from calibrate.graphs.graph_writer import GraphWriter
from edge_tts.network.int8_product import LIMIT, quantize_weight

Floats = NDArray[np.float32]
GUARDED_LIMIT = 63
"""The same where u8 * s8 pair sums saturate at 16 bits (AVX2 without VNNI)."""


class ProductWriter(ABC):
    """Writes ``rows @ weight + bias``."""

    is_float: ClassVar[bool] = False
    """Whether weights and activations stay in float32."""

    @abstractmethod
    def write(
        self,
        graph: GraphWriter,
        layer: str,
        rows: str,
        weight: Floats,
        bias: Floats | None,
    ) -> str:
        """Adds the nodes for one product and returns the float output's name.

        Args:
            graph: written to.
            layer: the layer's name, the stem of constant names.
            rows: float value (T, inner).
            weight: (inner, channels) float32.
            bias: (channels,) float32 or None.
        """


class FloatProduct(ProductWriter):
    """A float32 MatMul."""

    is_float: ClassVar[bool] = True

    def write(
        self,
        graph: GraphWriter,
        layer: str,
        rows: str,
        weight: Floats,
        bias: Floats | None,
    ) -> str:
        sums = graph.op("MatMul", rows, graph.tensor(f"{layer}.weight", weight))
        return write_bias(graph, layer, sums, bias)


class StaticProduct(ProductWriter):
    """Quantise-dequantise pairs with fixed scales: the same for every chunking.

    Activations are uint8 with a zero point, weights int8 per channel; the runtimes fuse
    the pairs and the MatMul into one integer product with float output.
    """

    def __init__(
        self, ranges: Mapping[str, ActivationRange], saturation_guard: bool = False
    ) -> None:
        self._ranges = ranges
        self._limit = GUARDED_LIMIT if saturation_guard else LIMIT

    def write(
        self,
        graph: GraphWriter,
        layer: str,
        rows: str,
        weight: Floats,
        bias: Floats | None,
    ) -> str:
        scale, zero_point = self._ranges[layer].uint8_scale()
        ends = (
            graph.tensor(f"{layer}.input_scale", np.float32(scale)),
            graph.tensor(f"{layer}.input_zero_point", np.uint8(zero_point)),
        )
        quantized = graph.op("QuantizeLinear", rows, *ends)
        sums = graph.op(
            "MatMul",
            graph.op("DequantizeLinear", quantized, *ends),
            write_dequantized_weight(graph, layer, weight, self._limit),
        )
        if bias is None:
            return sums
        # An Add would be fused with the MatMul into a Gemm, which onnxruntime then
        # leaves in float behind DequantizeLinear; a Sub is not.
        return graph.op("Sub", sums, graph.tensor(f"{layer}.negative_bias", -bias))


class DynamicProduct(ProductWriter):
    """Activation scale measured per call over all rows: not for streams."""

    def __init__(self, saturation_guard: bool = False) -> None:
        self._limit = GUARDED_LIMIT if saturation_guard else LIMIT

    def write(
        self,
        graph: GraphWriter,
        layer: str,
        rows: str,
        weight: Floats,
        bias: Floats | None,
    ) -> str:
        integers, scales = quantize_weight(weight, self._limit)
        outputs = [graph.fresh(f"{layer}_{end}") for end in ("q", "scale", "zero")]
        quantized, scale, zero = graph.op_many(
            "DynamicQuantizeLinear", rows, outputs=outputs
        )
        sums = graph.op(
            "MatMulInteger",
            quantized,
            graph.tensor(f"{layer}.weight_int8", integers),
            zero,
            graph.tensor(f"{layer}.weight_zero", np.zeros(len(scales), np.int8)),
        )
        both = graph.op("Mul", scale, graph.tensor(f"{layer}.weight_scale", scales))
        scaled = graph.op("Mul", graph.op("Cast", sums, to=1), both)
        return write_bias(graph, layer, scaled, bias)


class WeightOnlyProduct(ProductWriter):
    """Int8 weights expanded to float: openvino keeps them compressed."""

    def write(
        self,
        graph: GraphWriter,
        layer: str,
        rows: str,
        weight: Floats,
        bias: Floats | None,
    ) -> str:
        expanded = write_dequantized_weight(graph, layer, weight, LIMIT)
        return write_bias(graph, layer, graph.op("MatMul", rows, expanded), bias)


class BlockProduct(ProductWriter):
    """onnxruntime's MatMulNBits: fastest for one row per call.

    Activations are quantised per row and block, so chunking cannot change them.

    Args:
        bits: of a weight, 8 or 4.
    """

    BLOCK = 32

    def __init__(self, bits: int = 8) -> None:
        assert bits in (4, 8)
        self._bits = bits

    def write(
        self,
        graph: GraphWriter,
        layer: str,
        rows: str,
        weight: Floats,
        bias: Floats | None,
    ) -> str:
        inner, channels = weight.shape
        blocks = -(-inner // self.BLOCK)
        padded = np.zeros((channels, blocks * self.BLOCK), np.float32)
        padded[:, :inner] = weight.T
        grouped = padded.reshape(channels, blocks, self.BLOCK)
        limit = LIMIT if self._bits == 8 else 7
        scales = np.abs(grouped).max(axis=2) / limit
        scales = np.where(scales == 0, 1, scales).astype(np.float32)
        integers = np.rint(grouped / scales[:, :, None]) + (1 << (self._bits - 1))
        stored = integers.astype(np.uint8)
        if self._bits == 4:
            # Two weights per byte, the first in the low half.
            stored = stored[..., ::2] | (stored[..., 1::2] << 4)
        sums = graph.op(
            "MatMulNBits",
            rows,
            graph.tensor(f"{layer}.weight_blocks", stored),
            graph.tensor(f"{layer}.weight_scale", scales.reshape(-1)),
            domain="com.microsoft",
            K=inner,
            N=channels,
            bits=self._bits,
            block_size=self.BLOCK,
            accuracy_level=4,
        )
        return write_bias(graph, layer, sums, bias)


def write_dequantized_weight(
    graph: GraphWriter, layer: str, weight: Floats, limit: int
) -> str:
    """Stores int8 weights and adds the node that expands them to float."""
    integers, scales = quantize_weight(weight, limit)
    return graph.op(
        "DequantizeLinear",
        graph.tensor(f"{layer}.weight_int8", integers),
        graph.tensor(f"{layer}.weight_scale", scales),
        graph.tensor(f"{layer}.weight_zero", np.zeros(len(scales), np.int8)),
        axis=1,
    )


def write_bias(graph: GraphWriter, layer: str, rows: str, bias: Floats | None) -> str:
    """Adds a bias when there is one."""
    if bias is None:
        return rows
    return graph.op("Add", rows, graph.tensor(f"{layer}.bias", bias))
