from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackSpec
from tests.network.sample_stacks import (
    ALL_STACKS,
    STREAMED,
    random_inputs,
    random_tensors,
    rows_of,
)

pytest.importorskip("onnx", reason="onnx builds graphs; install the calibrate extra")
onnxruntime = pytest.importorskip("onnxruntime")

from calibrate.graphs.build_onnx import build_onnx, build_onnx_int8  # noqa: E402
from calibrate.graphs.check_graph import (  # noqa: E402
    INTEGER_PRODUCTS,
    check_int8_graph,
)

SCHEMES = ("static", "dynamic", "weights", "blocks")


def run_ort(
    spec: StackSpec, session: Any, inputs: Mapping[str, Any], states: Mapping[str, Any]
) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.float32]]]:
    names = [*spec.outputs, *(f"{state}_next" for state in spec.states)]
    arrays = dict(zip(names, session.run(names, {**inputs, **states}), strict=True))
    states = {state: arrays.pop(f"{state}_next") for state in spec.states}
    return arrays, states


def open_ort(model: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])


def sqnr_db(found: NDArray[Any], expected: NDArray[Any]) -> float:
    noise = np.square(found - expected).mean()
    return float(10 * np.log10(np.square(expected).mean() / max(noise, 1e-30)))


def calibration(spec: StackSpec) -> list[dict[str, NDArray[Any]]]:
    return [random_inputs(spec, 100, seed) for seed in (5, 6)]


@pytest.mark.parametrize("name", ALL_STACKS)
def test_float_graph_equals_the_reference(name: str) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 30)
    session = open_ort(build_onnx(spec, tensors))
    outputs, states = run_ort(spec, session, inputs, spec.zero_states())
    expected, expected_states = run_reference(spec, tensors, inputs)
    for output in spec.outputs:
        np.testing.assert_allclose(outputs[output], expected[output], atol=2e-5)
    for state, rows in expected_states.items():
        np.testing.assert_allclose(states[state], rows, atol=2e-5)


@pytest.mark.parametrize("name", ALL_STACKS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_int8_graph_is_close_to_the_reference(name: str, scheme: Any) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 100)
    model = build_onnx_int8(spec, tensors, calibration(spec), scheme)
    outputs, _ = run_ort(spec, open_ort(model), inputs, spec.zero_states())
    expected, _ = run_reference(spec, tensors, inputs)
    for output in spec.outputs:
        assert sqnr_db(outputs[output], expected[output]) > 25


@pytest.mark.parametrize("name", ALL_STACKS)
@pytest.mark.parametrize("scheme", ["static", "dynamic"])
def test_all_products_run_in_integers(name: str, scheme: Any) -> None:
    spec = ALL_STACKS[name]
    model = build_onnx_int8(spec, random_tensors(spec), calibration(spec), scheme)
    counts = check_int8_graph(model)
    products = sum(
        layer.kind in ("linear", "conv", "transposed_conv") for layer in spec.layers
    )
    matrices = sum(layer.kind in ("matrix", "istft") for layer in spec.layers)
    assert sum(counts[kind] for kind in INTEGER_PRODUCTS) == products
    assert counts["MatMul"] + counts["Gemm"] == matrices


@pytest.mark.parametrize("name", STREAMED)
def test_static_int8_does_not_depend_on_chunking(name: str) -> None:
    spec = STREAMED[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 60)
    session = open_ort(build_onnx_int8(spec, tensors, calibration(spec)))
    whole, _ = run_ort(spec, session, inputs, spec.zero_states())
    states = spec.zero_states()
    parts = []
    for first, stop in ((0, 1), (1, 9), (9, 57), (57, 60)):
        piece = rows_of(spec, inputs, first, stop)
        outputs, states = run_ort(spec, session, piece, states)
        parts.append(outputs)
    for output in spec.outputs:
        streamed = np.concatenate([part[output] for part in parts])
        # A rounding tie may fall the other way when a float sum is ordered otherwise;
        # it moves single values by one quantisation step.
        assert sqnr_db(streamed, whole[output]) > 50


@pytest.mark.parametrize("name", ALL_STACKS)
@pytest.mark.parametrize("scheme", ["float", "static", "weights"])
def test_openvino_runs_the_same_graph(name: str, scheme: Any) -> None:
    openvino = pytest.importorskip("openvino")
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 40)
    if scheme == "float":
        model = build_onnx(spec, tensors)
    else:
        model = build_onnx_int8(spec, tensors, calibration(spec), scheme)
    core = openvino.Core()
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    compiled = core.compile_model(core.read_model(model, b""), "CPU", hints)
    outputs = compiled({**inputs, **spec.zero_states()})
    expected, _ = run_reference(spec, tensors, inputs)
    for output in spec.outputs:
        enough = 90 if scheme == "float" else 25
        assert sqnr_db(outputs[output], expected[output]) > enough
    if scheme == "static":
        kinds = [
            node.get_rt_info()["runtimePrecision"].value
            for node in compiled.get_runtime_model().get_ops()
            if node.get_rt_info()["layerType"].value == "FullyConnected"
        ]
        assert "u8" in kinds


def test_chosen_layers_stay_in_float() -> None:
    spec = STREAMED["decoder"]
    model = build_onnx_int8(
        spec, random_tensors(spec), calibration(spec), float_layers={"entry", "y"}
    )
    counts = check_int8_graph(model)
    assert counts["MatMulIntegerToFloat"] == 6
    # The narrow convolution is a Conv, the linear layer a MatMul with its bias.
    assert counts["Conv"] == 1
    assert counts["Gemm"] + counts["FusedGemm"] + counts["MatMul"] == 1


def test_static_without_samples_is_refused() -> None:
    spec = STREAMED["decoder"]
    with pytest.raises(ValueError, match="no calibration samples"):
        build_onnx_int8(spec, random_tensors(spec), [])
