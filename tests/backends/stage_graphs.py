"""Small stateful ONNX graphs with known weights, built in memory for the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.state_spec import StateSpec
from edge_tts.packs.tensor_spec import TensorSpec

CHANNELS = 12
KERNEL_SIZE = 3
DILATIONS = (1, 2, 4)
OUT_CHANNELS = 5
UPSAMPLE = 4
_END = 2**31 - 1


def dilated_signature() -> StageSignature:
    """x (T, 12) -> y (T, 5) and up (4*T, 5), one state per convolution."""
    return StageSignature(
        inputs=(TensorSpec("x", "float32", ("T", CHANNELS)),),
        outputs=(
            TensorSpec("y", "float32", ("T", OUT_CHANNELS)),
            TensorSpec("up", "float32", (f"{UPSAMPLE}*T", OUT_CHANNELS)),
        ),
        states=tuple(
            StateSpec(
                f"conv{index}", ((KERNEL_SIZE - 1) * dilation, CHANNELS), "float32"
            )
            for index, dilation in enumerate(DILATIONS)
        ),
    )


def dilated_weights(seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Weights that neither die out nor explode over the layers."""
    random = np.random.default_rng(seed)
    weights = {}
    for index in range(len(DILATIONS)):
        fan_in = KERNEL_SIZE * CHANNELS
        weights[f"w{index}"] = random.standard_normal((fan_in, CHANNELS)) / fan_in**0.5
        weights[f"b{index}"] = random.standard_normal(CHANNELS) * 0.1
    weights["out"] = random.standard_normal((CHANNELS, OUT_CHANNELS)) / CHANNELS**0.5
    return {name: value.astype(np.float32) for name, value in weights.items()}


def dilated_graph(seed: int = 0) -> bytes:
    """Residual tanh convolutions written as taps and one MatMul, states explicit."""
    nodes: list[onnx.NodeProto] = []
    constants: dict[str, NDArray[Any]] = dict(dilated_weights(seed))

    def constant(name: str, *values: int) -> str:
        constants[name] = np.array(values, np.int64)
        return name

    def add(op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    axis = constant("axis0", 0)
    end = constant("end", _END)
    x = "x"
    for index, dilation in enumerate(DILATIONS):
        left = (KERNEL_SIZE - 1) * dilation
        history = add("Concat", [f"conv{index}", x], f"history{index}", axis=0)
        add(
            "Slice",
            [history, constant(f"keep{index}", -left), end, axis],
            f"conv{index}_next",
        )
        taps = []
        for tap in range(KERNEL_SIZE):
            stop = left - tap * dilation
            taps.append(
                add(
                    "Slice",
                    [
                        history,
                        constant(f"from{index}_{tap}", tap * dilation),
                        constant(f"to{index}_{tap}", -stop if stop else _END),
                        axis,
                    ],
                    f"tap{index}_{tap}",
                )
            )
        joined = add("Concat", taps, f"taps{index}", axis=1)
        product = add("MatMul", [joined, f"w{index}"], f"product{index}")
        biased = add("Add", [product, f"b{index}"], f"biased{index}")
        x = add("Add", [x, add("Tanh", [biased], f"tanh{index}")], f"x{index}")
    add("MatMul", [x, "out"], "y")
    shape = constant("wide", -1, 1, OUT_CHANNELS)
    flat = constant("flat", -1, OUT_CHANNELS)
    reps = constant("reps", 1, UPSAMPLE, 1)
    tiled = add("Tile", [add("Reshape", ["y", shape], "y3"), reps], "tiled")
    add("Reshape", [tiled, flat], "up")
    return graph_of(dilated_signature(), nodes, constants)


def graph_of(
    signature: StageSignature,
    nodes: list[onnx.NodeProto],
    constants: dict[str, NDArray[Any]],
) -> bytes:
    """Serialise nodes under the interface that the signature prescribes."""
    inputs = [_info(spec, spec.name) for spec in signature.inputs]
    outputs = [_info(spec, spec.name) for spec in signature.outputs]
    for state in signature.states:
        inputs.append(_info(state.tensor, state.name))
        outputs.append(_info(state.tensor, state.next_name))
    graph = helper.make_graph(
        nodes,
        "stage",
        inputs,
        outputs,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def dilated_reference(x: NDArray[np.float32], seed: int = 0) -> NDArray[np.float32]:
    """The same stage in NumPy, whole and from zero states; gives ``y``."""
    weights = dilated_weights(seed)
    for index, dilation in enumerate(DILATIONS):
        left = (KERNEL_SIZE - 1) * dilation
        history = np.concatenate([np.zeros((left, CHANNELS), np.float32), x])
        taps = [
            history[tap * dilation : tap * dilation + len(x)]
            for tap in range(KERNEL_SIZE)
        ]
        x = x + np.tanh(
            np.concatenate(taps, axis=1) @ weights[f"w{index}"] + weights[f"b{index}"]
        )
    return x @ weights["out"]


def _info(spec: TensorSpec, name: str) -> onnx.ValueInfoProto:
    dtype = helper.np_dtype_to_tensor_dtype(np.dtype(spec.dtype))
    return helper.make_tensor_value_info(name, dtype, list(spec.shape))


def counter_signature() -> StageSignature:
    """y = sum of all rows so far plus 1, held in a state that starts at 1."""
    return StageSignature(
        inputs=(TensorSpec("x", "float32", ("T", 2)),),
        outputs=(TensorSpec("y", "float32", (1, 2)),),
        states=(StateSpec("total", (1, 2), "float32", init="ones"),),
    )


def counter_graph() -> bytes:
    """Graph of ``counter_signature``."""
    nodes = [
        helper.make_node("ReduceSum", ["x", "axis0"], ["sum"], keepdims=1),
        helper.make_node("Add", ["total", "sum"], ["total_next"]),
        helper.make_node("Identity", ["total_next"], ["y"]),
    ]
    return graph_of(counter_signature(), nodes, {"axis0": np.array([0], np.int64)})


def ids_signature() -> StageSignature:
    """y (N, 2) = ids * (1, 10) where flags, else 0; no states."""
    return StageSignature(
        inputs=(
            TensorSpec("ids", "int64", ("N",)),
            TensorSpec("flags", "bool", ("N",)),
        ),
        outputs=(TensorSpec("y", "float32", ("N", 2)),),
    )


def ids_graph() -> bytes:
    """Graph of ``ids_signature``: an embedding table and a mask."""
    table = np.arange(4, dtype=np.float32)[:, None] * np.array([1, 10], np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"], axis=0),
        helper.make_node("Cast", ["flags"], ["mask"], to=1),
        helper.make_node("Unsqueeze", ["mask", "axis1"], ["column"]),
        helper.make_node("Mul", ["rows", "column"], ["y"]),
    ]
    return graph_of(
        ids_signature(), nodes, {"table": table, "axis1": np.array([1], np.int64)}
    )
