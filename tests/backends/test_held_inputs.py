"""Held inputs stay from call to call, alike on every backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_tts.backends.base import StageExecutor
from edge_tts.backends.native_session import NativeSession, signature_of
from edge_tts.cpu import native_library
from edge_tts.errors import BackendError
from tests.network.sample_stacks import STREAMED, random_inputs, random_tensors

SPEC = STREAMED["generator"]
TENSORS = random_tensors(SPEC)
HELD = ("text_keys", "text_values")


@pytest.fixture(params=["native", "ort", "openvino"])
def session(request: pytest.FixtureRequest) -> StageExecutor:
    if request.param == "native":
        if native_library().handle is None:
            pytest.skip(f"needs the kernel library: {native_library().reason}")
        return NativeSession(SPEC, TENSORS)
    pytest.importorskip("onnx", reason="calibrate.graphs needs the calibrate extra")
    from calibrate.graphs.build_onnx import build_onnx

    graph = build_onnx(SPEC, TENSORS)
    if request.param == "ort":
        from edge_tts.backends.ort_session import OrtSession

        return OrtSession(graph, signature_of(SPEC))
    pytest.importorskip("openvino")
    from edge_tts.backends.openvino_session import OpenVinoSession

    return OpenVinoSession(graph, signature_of(SPEC))


def chunks(inputs: dict[str, Any], held_again: bool) -> list[dict[str, Any]]:
    parts = []
    for first in range(0, 9, 3):
        part = {"x": inputs["x"][first : first + 3]}
        if held_again or first == 0:
            part |= {name: inputs[name] for name in HELD}
        parts.append(part)
    return parts


def test_may_be_left_out_after_the_first_call(session: StageExecutor) -> None:
    inputs, run = random_inputs(SPEC, 9), session.open(3)
    found = []
    for held_again in (True, False):
        outputs = [run.run(part)["y"].copy() for part in chunks(inputs, held_again)]
        found.append(np.concatenate(outputs))
        run.reset()
    np.testing.assert_array_equal(found[0], found[1])


def test_may_grow_and_shrink_between_utterances(session: StageExecutor) -> None:
    run = session.open(9)
    for rows in (9, 30, 2):
        inputs = random_inputs(SPEC, 9, seed=rows)
        inputs |= {
            name: np.resize(inputs[name], (rows, inputs[name].shape[1]))
            for name in HELD
        }
        run.reset()
        fresh = session.open(9).run(inputs)["y"]
        np.testing.assert_array_equal(run.run(inputs)["y"], fresh)


def test_are_forgotten_on_reset(session: StageExecutor) -> None:
    inputs, run = random_inputs(SPEC, 9), session.open(9)
    run.run(inputs)
    run.reset()
    with pytest.raises(BackendError, match="text_keys"):
        run.run({"x": inputs["x"]})


def test_differing_lengths_are_refused(session: StageExecutor) -> None:
    inputs = random_inputs(SPEC, 9)
    inputs["text_values"] = inputs["text_values"][:-1]
    with pytest.raises(BackendError, match="text_"):
        session.open(9).run(inputs)


def test_a_refused_call_changes_nothing(session: StageExecutor) -> None:
    inputs, run = random_inputs(SPEC, 9), session.open(3)
    first, second, _ = chunks(inputs, held_again=False)
    expected = [run.run(part)["y"].copy() for part in (first, second)]
    run.reset()
    run.run(first)
    longer = np.ones((len(inputs["text_keys"]) + 1, 24), np.float32)
    with pytest.raises(BackendError, match="text_"):
        run.run({**second, "text_keys": longer})
    np.testing.assert_array_equal(run.run(second)["y"], expected[1])


def test_too_long_is_refused() -> None:
    if native_library().handle is None:
        pytest.skip(f"needs the kernel library: {native_library().reason}")
    inputs = random_inputs(SPEC, 9)
    inputs["text_keys"] = np.zeros((38, 24), np.float32)
    with pytest.raises(BackendError, match=r"\(1 to 37, 24\), got float32 \(38, 24\)"):
        NativeSession(SPEC, TENSORS).open(9).run(inputs)
