"""Peers compute the network they are compared with, chunk after chunk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.engine_graph_writers import EXPORTED_WRITERS, without_unread_inputs
from benchmarks.engine_graphs import PeerGraph
from benchmarks.engine_networks import Network, random_inputs
from benchmarks.networks.generator import generator
from benchmarks.networks.random_tensors import random_tensors
from benchmarks.networks.vocos import vocos
from benchmarks.networks.wavenet import wavenet
from calibrate.graphs.build_onnx import write_graph
from calibrate.graphs.products import FloatProduct
from edge_tts.network.layers.activation import Activation
from edge_tts.network.layers.transposed_conv import TransposedConv
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackInput, StackSpec

NUM_ROWS = 3


def upsampler(stride: int, kernel_size: int, padding: int) -> Network:
    layers = (
        TransposedConv(
            name="up",
            inputs=("x",),
            channels=5,
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
        ),
        Activation(name="y", inputs=("up",), function="tanh"),
    )
    spec = StackSpec("upsampler", (StackInput("x", 4),), layers, ("y",))
    return spec, random_tensors(spec, 1)


# OpenVINO 2026.4 crashes while it compiles narrow depthwise convolutions.
NETWORKS: dict[str, Callable[[], Network]] = {
    "generator": lambda: generator(width=128, dilations=(1, 3)),
    "vocos": lambda: vocos(width=128, num_blocks=2),
    "wavenet": lambda: wavenet(width=64, num_layers=3),
    "up_8_16_4": lambda: upsampler(8, 16, 4),
    "up_2_4_1": lambda: upsampler(2, 4, 1),
    "up_3_3_0": lambda: upsampler(3, 3, 0),
    "up_2_5_2": lambda: upsampler(2, 5, 2),
}


def expected(network: Network, num_chunks: int) -> list[dict[str, NDArray[Any]]]:
    spec, tensors = network
    states, chunks = None, []
    for _ in range(num_chunks):
        inputs = random_inputs(spec, NUM_ROWS)
        outputs, states = run_reference(spec, tensors, inputs, states)
        chunks.append(outputs)
    return chunks


def assert_same(step: Any, network: Network) -> None:
    for chunk in expected(network, 3):
        step()
        found = step.outputs()
        for name, rows in chunk.items():
            np.testing.assert_allclose(found[name], rows, rtol=0, atol=2e-5)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("engine", ["ort", "openvino"])
def test_exported_form_streams_like_the_definition(
    name: str, engine: Any, tmp_path: Path
) -> None:
    pytest.importorskip("openvino" if engine == "openvino" else "onnxruntime")
    from benchmarks.engine_runners import open_step

    network = NETWORKS[name]()
    spec, tensors = network
    model = write_graph(spec, tensors, FloatProduct(), writers=EXPORTED_WRITERS)
    path = tmp_path / "graph.onnx"
    path.write_bytes(without_unread_inputs(model))
    graph = PeerGraph(engine, "fp32 conv1d", "fp32", path)
    step = open_step(graph, spec, random_inputs(spec, NUM_ROWS), 1)
    assert_same(step, network)


@pytest.mark.parametrize("name", NETWORKS)
def test_eager_pytorch_streams_like_the_definition(name: str) -> None:
    pytest.importorskip("torch")
    from benchmarks.engine_torch import TorchStep

    network = NETWORKS[name]()
    step = TorchStep(*network, random_inputs(network[0], NUM_ROWS), 1)
    assert_same(step, network)
