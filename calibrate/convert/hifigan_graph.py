"""Reads a HiFi-GAN generator out of its ONNX graph, node by node.

The shape of the network comes from nodes and tensors alone: any number of upsampling
stages, any widths, kernels and dilations, residual blocks with two convolutions per
dilation (V1, V2) or one (V3). What is not such a generator is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError
from calibrate.convert.onnx_graph import OnnxGraph

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ConvPart:
    """A convolution, its weight as a StackSpec keeps it."""

    weight: Floats
    """(taps, inputs, channels)."""
    bias: Floats | None
    """(channels,)."""
    dilation: int = 1
    stride: int = 1
    """Above 1 for transposed convolutions."""
    padding: int = 0
    """Transposed convolutions: rows dropped at the start."""


@dataclass(frozen=True)
class ResidualUnit:
    """x + convs(x), each convolution behind a leaky ReLU."""

    slopes: tuple[float, ...]
    """One per convolution."""
    convs: tuple[ConvPart, ...]
    """Two (V1, V2) or one (V3)."""


@dataclass(frozen=True)
class UpsamplingStage:
    """A transposed convolution and the mean of its residual blocks."""

    slope: float
    """Of the leaky ReLU before the transposed convolution."""
    up: ConvPart
    blocks: tuple[tuple[ResidualUnit, ...], ...]


@dataclass(frozen=True)
class HifiganNetwork:
    """A whole generator."""

    first: ConvPart
    stages: tuple[UpsamplingStage, ...]
    last_slope: float
    last: ConvPart

    @property
    def num_mels(self) -> int:
        """Mel bands of a frame."""
        return self.first.weight.shape[1]

    @property
    def hop_length(self) -> int:
        """Samples per frame."""
        return math.prod(stage.up.stride for stage in self.stages)

    @property
    def num_parameters(self) -> int:
        """Trained numbers."""
        units = [u for s in self.stages for block in s.blocks for u in block]
        parts = [self.first, self.last, *(stage.up for stage in self.stages)]
        parts += [conv for unit in units for conv in unit.convs]
        return sum(
            part.weight.size + (0 if part.bias is None else part.bias.size)
            for part in parts
        )


def read_hifigan(graph: OnnxGraph) -> HifiganNetwork:
    """Read the generator.

    Raises:
        ConversionError: The graph is another network; the message names the node.
    """
    return _Reader(graph).read()


class _Reader:
    """Walks the graph from its input; every node must be met exactly once."""

    def __init__(self, graph: OnnxGraph) -> None:
        self._graph = graph
        self._used: set[str] = set()

    def read(self) -> HifiganNetwork:
        graph = self._graph
        if len(graph.inputs) != 1 or len(graph.outputs) != 1:
            raise ConversionError(
                f"{graph.path}: expected one input and one output, got "
                f"{len(graph.inputs)} and {len(graph.outputs)}; is it a vocoder?"
            )
        value, first = self._conv(graph.inputs[0].name)
        stages = []
        value, slope = self._leaky(value)
        while self._next(value)[0].op_type == "ConvTranspose":
            value, up = self._transposed(value)
            value, blocks = self._blocks(value)
            stages.append(UpsamplingStage(slope, up, blocks))
            value, slope = self._leaky(value)
        value, last = self._conv(value)
        value = self._take(self._only(value, "Tanh")).output[0]
        for node in graph.nodes:
            if node.output[0] not in self._used:
                graph.fail(node, "does not belong to a HiFi-GAN generator")
        if value != graph.outputs[0].name or not stages:
            raise ConversionError(
                f"{graph.path}: expected upsampling stages and a Tanh that writes "
                f"{graph.outputs[0].name!r}; is it a HiFi-GAN generator?"
            )
        network = HifiganNetwork(first, tuple(stages), slope, last)
        _check_widths(graph, network)
        return network

    def _blocks(self, value: str) -> tuple[str, tuple[tuple[ResidualUnit, ...], ...]]:
        """Residual blocks over one value, joined by Adds and divided by their count."""
        ends = []
        blocks = []
        # An exporter may share the first leaky ReLU of all blocks, or write one each.
        entries: list[tuple[str, float, onnx.NodeProto]] = []
        for node in self._next(value):
            if node.op_type == "LeakyRelu":
                self._take(node)
                slope = self._slope(node)
                convs = self._next(node.output[0])
                entries += [(value, slope, conv) for conv in convs]
            elif node.op_type != "Add":
                self._graph.fail(node, "expected LeakyRelu or Add in residual blocks")
        for source, slope, conv in entries:
            end, units = self._block(source, slope, conv)
            ends.append(end)
            blocks.append(units)
        if not ends:
            self._graph.fail(self._next(value)[0], "expected residual blocks before it")
        return self._mean(ends), tuple(blocks)

    def _block(
        self, value: str, slope: float, conv: onnx.NodeProto
    ) -> tuple[str, tuple[ResidualUnit, ...]]:
        units = []
        while True:
            value, unit = self._unit(value, slope, conv)
            units.append(unit)
            readers = self._next(value)
            leaky = [node for node in readers if node.op_type == "LeakyRelu"]
            adds = [node for node in readers if node.op_type == "Add"]
            if len(leaky) != 1 or len(adds) != 1:
                return value, tuple(units)
            self._take(leaky[0])
            slope = self._slope(leaky[0])
            conv = self._only(leaky[0].output[0], "Conv")

    def _unit(
        self, value: str, slope: float, conv: onnx.NodeProto
    ) -> tuple[str, ResidualUnit]:
        slopes, convs = [slope], []
        while True:
            end, part = self._conv_node(conv)
            convs.append(part)
            (node,) = self._next(end)[:1]
            if node.op_type != "LeakyRelu":
                break
            self._take(node)
            slopes.append(self._slope(node))
            conv = self._only(node.output[0], "Conv")
        add = self._take(self._only(end, "Add"))
        if set(add.input) != {value, end} or len(convs) > 2:
            self._graph.fail(add, f"expected {value!r} plus one or two convolutions")
        return add.output[0], ResidualUnit(tuple(slopes), tuple(convs))

    def _mean(self, ends: list[str]) -> str:
        total = ends[0]
        for end in ends[1:]:
            add = self._take(self._only(total, "Add"))
            if sorted(add.input) != sorted((total, end)):
                self._graph.fail(add, f"expected the sum of {total!r} and {end!r}")
            total = add.output[0]
        node = self._take(self._next(total)[0])
        if node.op_type not in ("Div", "Mul") or not self._graph.is_constant(
            node.input[1]
        ):
            self._graph.fail(node, "expected the mean of the residual blocks")
        number = float(self._graph.floats(node, 1).reshape(-1)[0])
        count = number if node.op_type == "Div" else 1.0 / max(number, 1e-9)
        if abs(count - len(ends)) > 1e-4:
            self._graph.fail(node, f"expected the mean of {len(ends)} residual blocks")
        return str(node.output[0])

    def _conv(self, value: str) -> tuple[str, ConvPart]:
        return self._conv_node(self._only(value, "Conv"))

    def _conv_node(self, node: onnx.NodeProto) -> tuple[str, ConvPart]:
        if node.op_type != "Conv":
            self._graph.fail(node, "expected a Conv")
        self._take(node)
        weight, bias, found = self._product(node)
        taps, dilation = weight.shape[2], found["dilations"][0]
        reach = (taps - 1) * dilation
        if list(found["pads"]) != [reach // 2] * 2 or reach % 2:
            self._graph.fail(node, f"pads {found['pads']} do not centre {taps} taps")
        if list(found["strides"]) != [1]:
            self._graph.fail(node, f"stride {found['strides']}, expected 1")
        return node.output[0], ConvPart(weight.transpose(2, 1, 0), bias, dilation)

    def _transposed(self, value: str) -> tuple[str, ConvPart]:
        node = self._take(self._only(value, "ConvTranspose"))
        weight, bias, found = self._product(node)
        taps, (stride,) = weight.shape[2], found["strides"]
        before, after = found["pads"]
        grown = taps - before - after + found["output_padding"][0]
        if found["dilations"] != [1] or grown != stride or before >= taps:
            self._graph.fail(
                node, f"{taps} taps with pads {found['pads']} do not give {stride} rows"
            )
        part = ConvPart(weight.transpose(2, 0, 1), bias, 1, stride, before)
        return node.output[0], part

    def _product(
        self, node: onnx.NodeProto
    ) -> tuple[Floats, Floats | None, dict[str, list[int]]]:
        graph = self._graph
        extra = {"output_padding": [0]} if node.op_type == "ConvTranspose" else {}
        found = graph.attributes(
            node,
            auto_pad=b"NOTSET",
            dilations=[1],
            group=1,
            kernel_shape=None,
            pads=[0, 0],
            strides=[1],
            **extra,
        )
        weight = graph.floats(node, 1)
        if weight.ndim != 3 or found["group"] != 1 or found["auto_pad"] != b"NOTSET":
            graph.fail(node, "expected a one-dimensional convolution of one group")
        for name, count in (("dilations", 1), ("strides", 1), ("pads", 2)):
            if len(found[name]) != count:
                graph.fail(node, f"{name} {list(found[name])}, expected {count} of it")
        bias = graph.floats(node, 2) if len(node.input) > 2 else None
        return weight, bias, found

    def _leaky(self, value: str) -> tuple[str, float]:
        node = self._take(self._only(value, "LeakyRelu"))
        return node.output[0], self._slope(node)

    def _slope(self, node: onnx.NodeProto) -> float:
        return float(self._graph.attributes(node, alpha=0.01)["alpha"])

    def _only(self, value: str, op_type: str) -> onnx.NodeProto:
        nodes = self._next(value)
        others = [node for node in nodes if node.op_type != op_type] + nodes[1:]
        if others:
            self._graph.fail(others[0], f"expected one {op_type} in its place")
        return nodes[0]

    def _next(self, value: str) -> list[onnx.NodeProto]:
        nodes = self._graph.readers(value)
        if not nodes:
            raise ConversionError(
                f"{self._graph.path}: the graph ends at {value!r}, where a HiFi-GAN "
                "generator goes on"
            )
        return nodes

    def _take(self, node: onnx.NodeProto) -> onnx.NodeProto:
        self._used.add(node.output[0])
        return node


def _check_widths(graph: OnnxGraph, network: HifiganNetwork) -> None:
    if network.last.weight.shape[2] != 1:
        raise ConversionError(
            f"{graph.path}: the last convolution has {network.last.weight.shape[2]} "
            "channels, expected 1 (the samples)"
        )
