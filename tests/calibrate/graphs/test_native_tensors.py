from __future__ import annotations

import numpy as np
import pytest

from edge_tts.network.int8_product import is_int8
from edge_tts.network.reference import run_reference
from tests.network.sample_stacks import ALL_STACKS, random_inputs, random_tensors

pytest.importorskip("onnx", reason="calibrate.graphs needs the calibrate extra")

from calibrate.graphs.native_tensors import build_native_int8, fold_norms


@pytest.mark.parametrize("name", ALL_STACKS)
def test_folding_norms_changes_nothing(name: str) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 40)
    folded_spec, folded = fold_norms(spec, tensors)
    folded_spec.check_tensors(folded)
    expected, _ = run_reference(spec, tensors, inputs)
    found, _ = run_reference(folded_spec, folded, inputs)
    for output in spec.outputs:
        np.testing.assert_allclose(found[output], expected[output], atol=2e-5)


def test_norms_before_linear_layers_are_folded() -> None:
    spec = ALL_STACKS["vocoder"]
    folded_spec, folded = fold_norms(spec, random_tensors(spec))
    norms = [layer for layer in folded_spec.layers if layer.kind == "layer_norm"]
    assert norms and not any(f"{norm.name}.gain" in folded for norm in norms)


def test_norms_before_convolutions_with_a_bias_are_kept() -> None:
    spec = ALL_STACKS["encoder"]
    _, folded = fold_norms(spec, random_tensors(spec))
    assert "norm.gain" in folded


@pytest.mark.parametrize("name", ALL_STACKS)
def test_int8_is_close_to_float(name: str) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 100)
    int8_spec, int8_tensors = build_native_int8(spec, tensors)
    expected, _ = run_reference(spec, tensors, inputs)
    found, _ = run_reference(int8_spec, int8_tensors, inputs)
    for output in spec.outputs:
        noise = np.square(found[output] - expected[output]).mean()
        assert noise < 10**-2.8 * np.square(expected[output]).mean()


def test_chosen_layers_stay_in_float() -> None:
    spec, tensors = build_native_int8(
        ALL_STACKS["decoder"], random_tensors(ALL_STACKS["decoder"]), {"entry"}
    )
    int8 = {layer.name for layer in spec.layers if is_int8(layer, tensors)}
    assert "entry" not in int8 and {"conv0", "out0", "y"} <= int8
