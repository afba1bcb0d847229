"""The sample networks are what they say, and run alike on every executor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.networks.generator import generator
from benchmarks.networks.vocos import vocos
from benchmarks.networks.wavenet import wavenet
from edge_tts.backends.native_session import NativeSession, signature_of
from edge_tts.cpu import native_library
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackSpec
from tests.network.sample_stacks import random_inputs

NETWORKS: dict[str, Callable[..., Any]] = {
    "generator": generator,
    "vocos": vocos,
    "wavenet": wavenet,
}
SMALL: dict[str, dict[str, Any]] = {
    "generator": {"width": 24, "dilations": (1, 2)},
    "vocos": {"width": 24},
    "wavenet": {"width": 24, "num_layers": 4},
}
MILLION_WEIGHTS = {"generator": 10.53, "vocos": 3.16, "wavenet": 5.24}


def small(name: str, seed: int = 0) -> tuple[StackSpec, dict[str, Any]]:
    spec, tensors = NETWORKS[name](seed, **SMALL[name])
    return spec, tensors


@pytest.mark.parametrize("name", NETWORKS)
def test_has_the_weights_it_says(name: str) -> None:
    spec, tensors = NETWORKS[name]()
    spec.check_tensors(tensors)
    count = sum(t.size for key, t in tensors.items() if key.endswith(".weight"))
    assert count / 1e6 == pytest.approx(MILLION_WEIGHTS[name], rel=0.005)


@pytest.mark.parametrize("name", NETWORKS)
def test_equal_seeds_give_equal_weights(name: str) -> None:
    (_, first), (_, same), (_, other) = small(name), small(name), small(name, 1)
    for key, tensor in first.items():
        np.testing.assert_array_equal(tensor, same[key])
    assert any((tensor != other[key]).any() for key, tensor in first.items())


@pytest.mark.parametrize("backend", ["native", "ort"])
@pytest.mark.parametrize("name", NETWORKS)
def test_equals_the_reference(name: str, backend: str) -> None:
    spec, tensors = small(name)
    inputs = random_inputs(spec, 30)
    expected, _ = run_reference(spec, tensors, inputs)
    if backend == "native":
        if native_library().handle is None:
            pytest.skip(f"needs the kernel library: {native_library().reason}")
        session: Any = NativeSession(spec, tensors)
    else:
        pytest.importorskip("onnx")
        from calibrate.graphs.build_onnx import build_onnx
        from edge_tts.backends.ort_session import OrtSession

        session = OrtSession(build_onnx(spec, tensors), signature_of(spec))
    found = session.open(30).run(inputs)
    for output in spec.outputs:
        scale = np.abs(expected[output]).max()
        np.testing.assert_allclose(
            found[output], expected[output], rtol=0, atol=1e-5 * scale
        )
