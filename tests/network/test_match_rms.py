"""match_rms: the oracle, the native op and the graph give the same levels."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from calibrate.graphs.build_onnx import build_onnx
from edge_tts.backends.native_session import NativeSession
from edge_tts.cpu.native_library import native_library
from edge_tts.errors import StackSpecError
from edge_tts.network.layers.normalization import MatchRms
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackInput, StackSpec


def stack(width: int = 37, limit: float = 0.0, epsilon: float = 1e-6) -> StackSpec:
    layer = MatchRms(name="y", inputs=("x", "like"), limit=limit, epsilon=epsilon)
    inputs = (StackInput("x", width), StackInput("like", width))
    return StackSpec("s", inputs, (layer,), ("y",))


def pair(width: int = 37) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(1)
    x = generator.standard_normal((5, width)).astype(np.float32)
    like = generator.standard_normal((5, width)).astype(np.float32)
    x[1] *= 0.01  # Its factor is far above a limit of 10.
    x[2] = 0
    return {"x": x, "like": like}


def rms(rows: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(rows.astype(np.float64)).mean(axis=1) + 1e-6)


def test_takes_the_level_of_the_other_rows() -> None:
    inputs = pair()
    found, _ = run_reference(stack(), {}, inputs)
    used = [0, 1, 3, 4]
    np.testing.assert_allclose(
        rms(found["y"])[used], rms(inputs["like"])[used], rtol=2e-2
    )
    assert not found["y"][2].any()


def test_the_limit_holds_a_quiet_row_down() -> None:
    inputs = pair()
    found, _ = run_reference(stack(limit=10.0), {}, inputs)
    np.testing.assert_allclose(found["y"][1], inputs["x"][1] * 10, rtol=1e-6)
    free, _ = run_reference(stack(), {}, inputs)
    np.testing.assert_array_equal(found["y"][0], free["y"][0])


@pytest.mark.parametrize("limit", [0.0, 10.0])
@pytest.mark.parametrize("width", [1, 16, 37, 384])
def test_executors_agree(limit: float, width: int) -> None:
    spec, inputs = stack(width, limit), pair(width)
    expected = run_reference(spec, {}, inputs)[0]["y"]
    session = onnxruntime.InferenceSession(build_onnx(spec, {}))
    found = session.run(None, inputs)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    if native_library().handle is None:
        pytest.skip("no kernel library")
    with_native = NativeSession(spec, {}).open(5).run(inputs)["y"]
    np.testing.assert_allclose(with_native, expected, rtol=1e-5)


@pytest.mark.parametrize("changes", [{"limit": -1.0}, {"epsilon": 0.0}])
def test_impossible_constants_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(StackSpecError, match=r"'y' \(match_rms\)"):
        stack(**changes)
