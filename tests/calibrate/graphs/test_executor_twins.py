"""One stage on three executors: the same numbers within stated tolerances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor
from edge_tts.backends.native_session import NativeSession, signature_of
from edge_tts.cpu import native_library
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackSpec
from tests.network.sample_stacks import (
    ALL_STACKS,
    STREAMED,
    random_inputs,
    random_tensors,
    rows_of,
)

pytest.importorskip("onnx", reason="calibrate.graphs needs the calibrate extra")

from calibrate.graphs.build_onnx import build_onnx, build_onnx_int8
from calibrate.graphs.native_tensors import build_native_int8

BACKENDS = ("native", "ort", "openvino")
FLOAT_TOLERANCE = 1e-5
"""Of full scale: only the order of sums and the form of exp differ."""
INT8_SQNR_DB = 25.0
"""Against float32; weights are random, so the figure says nothing about voices."""


def open_executor(
    backend: str, spec: StackSpec, tensors: Any, precision: str
) -> StageExecutor:
    if backend == "native":
        if native_library().handle is None:
            pytest.skip(f"needs the kernel library: {native_library().reason}")
        if precision == "int8":
            spec, tensors = build_native_int8(spec, tensors)
        return NativeSession(spec, tensors)
    samples = [random_inputs(spec, 100, seed) for seed in (5, 6)]
    graph = (
        build_onnx_int8(spec, tensors, samples)
        if precision == "int8"
        else build_onnx(spec, tensors)
    )
    if backend == "ort":
        pytest.importorskip("onnxruntime")
        from edge_tts.backends.ort_session import OrtSession

        return OrtSession(graph, signature_of(spec))
    pytest.importorskip("openvino")
    from edge_tts.backends.openvino_session import OpenVinoSession

    return OpenVinoSession(graph, signature_of(spec))


def full_scale_error(found: NDArray[Any], expected: NDArray[Any]) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("name", ALL_STACKS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_float_equals_the_reference(backend: str, name: str) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 40)
    expected, _ = run_reference(spec, tensors, inputs)
    found = open_executor(backend, spec, tensors, "fp32").open(40).run(inputs)
    for output in spec.outputs:
        assert full_scale_error(found[output], expected[output]) < FLOAT_TOLERANCE


@pytest.mark.parametrize("name", ALL_STACKS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_int8_is_close_to_the_reference(backend: str, name: str) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 40)
    expected, _ = run_reference(spec, tensors, inputs)
    found = open_executor(backend, spec, tensors, "int8").open(40).run(inputs)
    for output in spec.outputs:
        noise = np.square(found[output] - expected[output]).mean()
        power = np.square(expected[output]).mean()
        assert 10 * np.log10(power / max(noise, 1e-30)) > INT8_SQNR_DB


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize("backend", BACKENDS)
def test_float_streams_like_the_whole(backend: str, name: str) -> None:
    spec = STREAMED[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 40)
    expected, _ = run_reference(spec, tensors, inputs)
    run = open_executor(backend, spec, tensors, "fp32").open(17)
    parts = []
    for first, stop in ((0, 1), (1, 3), (3, 20), (20, 32), (32, 40)):
        outputs = run.run(rows_of(spec, inputs, first, stop))
        parts.append({output: rows.copy() for output, rows in outputs.items()})
    for output in spec.outputs:
        streamed = np.concatenate([part[output] for part in parts])
        assert full_scale_error(streamed, expected[output]) < FLOAT_TOLERANCE
