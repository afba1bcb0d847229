"""Checks what onnxruntime makes of a graph, so that int8 is not slower than float."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import onnx
import onnxruntime

from edge_tts.errors import BackendError

INTEGER_PRODUCTS = (
    "MatMulIntegerToFloat",
    "DynamicQuantizeMatMul",
    "QLinearMatMul",
    "QGemm",
    "MatMulNBits",
)
"""Node types that multiply integers, in onnxruntime's optimised graphs."""
FLOAT_PRODUCTS = ("Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul")


def optimized_graph(model: bytes) -> onnx.ModelProto:
    """Returns the graph onnxruntime would run on this machine's CPU."""
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        options.optimized_model_filepath = str(Path(folder) / "optimized.onnx")
        onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath)


def check_int8_graph(model: bytes) -> Counter[str]:
    """Checks that a graph holds none of the shapes that make int8 slow.

    Returns:
        How many nodes of each type the optimised graph holds.

    Raises:
        BackendError: the graph holds a ConvInteger, or a float product that reads
            dequantised values; the message names the node.
    """
    graph = optimized_graph(model).graph
    dequantized = {
        output
        for node in graph.node
        if node.op_type == "DequantizeLinear"
        for output in node.output
    }
    for node in graph.node:
        if node.op_type == "ConvInteger":
            raise BackendError(
                f"node {node.name}: ConvInteger is slower than float; write the "
                "convolution as taps and a MatMul"
            )
        if node.op_type in FLOAT_PRODUCTS and dequantized & set(node.input):
            raise BackendError(
                f"node {node.name}: {node.op_type} runs in float on dequantised "
                "values; keep its input and weight pairs directly before it"
            )
    return Counter(node.op_type for node in graph.node)
