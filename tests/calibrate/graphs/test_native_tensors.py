from __future__ import annotations

import numpy as np
import pytest

from edge_tts.errors import StackSpecError
from edge_tts.network.product_format import weight_format
from edge_tts.network.reference import run_reference
from tests.network.sample_stacks import ALL_STACKS, random_inputs, random_tensors

pytest.importorskip("onnx", reason="calibrate.graphs needs the calibrate extra")

from calibrate.graphs.native_tensors import (
    build_native,
    build_native_bf16,
    build_native_int4,
    build_native_int8,
    fold_norms,
)


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
    formats = {layer.name: weight_format(layer, tensors) for layer in spec.layers}
    assert formats["entry"] == "fp32"
    assert {formats["conv0"], formats["out0"], formats["y"]} == {"int8"}


@pytest.mark.parametrize("name", ALL_STACKS)
def test_bf16_is_closer_to_float_than_int8(name: str) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 100)
    stored_spec, stored = build_native_bf16(spec, tensors)
    expected, _ = run_reference(spec, tensors, inputs)
    found, _ = run_reference(stored_spec, stored, inputs)
    for output in spec.outputs:
        noise = np.square(found[output] - expected[output]).mean()
        assert noise < 10**-4.0 * np.square(expected[output]).mean()


@pytest.mark.parametrize("name", ALL_STACKS)
def test_int4_keeps_the_signal(name: str) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 100)
    stored_spec, stored = build_native_int4(spec, tensors)
    expected, _ = run_reference(spec, tensors, inputs)
    found, _ = run_reference(stored_spec, stored, inputs)
    for output in spec.outputs:
        noise = np.square(found[output] - expected[output]).mean()
        assert noise < 10**-1.2 * np.square(expected[output]).mean()


def test_formats_can_be_mixed() -> None:
    spec, tensors = build_native(
        ALL_STACKS["decoder"],
        random_tensors(ALL_STACKS["decoder"]),
        "int8",
        {"y": "bf16", "entry": "fp32", "conv0": "int4"},
    )
    formats = {layer.name: weight_format(layer, tensors) for layer in spec.layers}
    assert (formats["y"], formats["entry"]) == ("bf16", "fp32")
    narrow = tensors["conv0.weight"].dtype == np.int8  # Inputs in no groups of 32.
    assert formats["conv0"] == ("int8" if narrow else "int4")


@pytest.mark.parametrize(
    ("exceptions", "message"), [({"nobody": "int8"}, "nobody"), ({"y": "int3"}, "int3")]
)
def test_impossible_choices_are_named(exceptions: dict[str, str], message: str) -> None:
    spec = ALL_STACKS["decoder"]
    with pytest.raises(StackSpecError, match=message):
        build_native(spec, random_tensors(spec), "int8", exceptions)
