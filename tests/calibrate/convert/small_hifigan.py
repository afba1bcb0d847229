"""ONNX files shaped like HiFi-GAN generators, with random weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

NUM_MELS = 10


class SmallHifigan:
    """Writes a generator node by node.

    Args:
        strides: of the upsampling stages.
        kernels: of the residual blocks.
        convs: convolutions per residual unit: 2 as in V1 and V2, 1 as in V3.
        shared: whether the blocks of a stage share their first leaky ReLU.
    """

    def __init__(
        self,
        strides: Sequence[int] = (4, 2),
        kernels: Sequence[int] = (3, 5),
        convs: int = 2,
        *,
        shared: bool = True,
        width: int = 12,
    ) -> None:
        self._random = np.random.default_rng(3)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}
        value = self.conv("pre", "mel", NUM_MELS, width, 7)
        for index, stride in enumerate(strides):
            value = self.leaky(value, 0.1)
            value = self.transposed(f"up{index}", value, width, width // 2, stride)
            width //= 2
            entry = self.leaky(value, 0.1) if shared else ""
            ends = []
            for number, kernel in enumerate(kernels):
                end = value
                for place, dilation in enumerate((1, 3)):
                    name = f"s{index}b{number}u{place}"
                    bent = entry if place == 0 and shared else self.leaky(end, 0.1)
                    inner = self.conv(f"{name}c0", bent, width, width, kernel, dilation)
                    if convs == 2:
                        bent = self.leaky(inner, 0.1)
                        inner = self.conv(f"{name}c1", bent, width, width, kernel)
                    end = self.node("Add", [inner, end])
                ends.append(end)
            total = ends[0]
            for end in ends[1:]:
                total = self.node("Add", [total, end])
            self.weights[f"count{index}"] = np.float32(len(kernels))
            value = self.node("Div", [total, f"count{index}"])
        value = self.leaky(value, 0.01)
        value = self.conv("post", value, width, 1, 7)
        self.nodes.append(helper.make_node("Tanh", [value], ["audio"], name="tanh"))

    def node(self, op_type: str, inputs: Sequence[str], **attributes: object) -> str:
        name = f"{op_type}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(op_type, list(inputs), [name], name=name, **attributes)
        )
        return name

    def leaky(self, value: str, slope: float) -> str:
        return self.node("LeakyRelu", [value], alpha=slope)

    def conv(
        self, name: str, value: str, inputs: int, channels: int, taps: int, gap: int = 1
    ) -> str:
        self._weight(name, (channels, inputs, taps), inputs * taps, channels)
        pads = [(taps - 1) * gap // 2] * 2
        return self.node(
            "Conv", [value, f"{name}.w", f"{name}.b"], pads=pads, dilations=[gap]
        )

    def transposed(
        self, name: str, value: str, inputs: int, channels: int, stride: int
    ) -> str:
        self._weight(name, (inputs, channels, 2 * stride), 2 * inputs, channels)
        return self.node(
            "ConvTranspose",
            [value, f"{name}.w", f"{name}.b"],
            pads=[stride // 2] * 2,
            strides=[stride],
        )

    def model(self) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "hifigan",
            [_info("mel", (1, NUM_MELS, "T"))],
            [_info("audio", (1, 1, "N"))],
            [numpy_helper.from_array(a, name) for name, a in self.weights.items()],
        )
        opset = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opset, ir_version=9)

    def save(self, path: Path) -> Path:
        onnx.save(self.model(), str(path))
        return path

    def _weight(
        self, name: str, shape: tuple[int, int, int], fan: int, channels: int
    ) -> None:
        weight = self._random.standard_normal(shape) / np.sqrt(fan)
        self.weights[f"{name}.w"] = weight.astype(np.float32)
        bias = self._random.standard_normal(channels) * 0.3
        self.weights[f"{name}.b"] = bias.astype(np.float32)


def _info(name: str, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
