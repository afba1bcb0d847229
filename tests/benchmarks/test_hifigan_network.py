"""HiFi-GAN for the benchmark: the shape of V2, narrow layers in float."""

from __future__ import annotations

from pathlib import Path

from benchmarks.engine_networks import narrow_products, random_inputs, without_masks
from benchmarks.networks.hifigan import hifigan


def test_random_generator_has_the_shape_of_v2() -> None:
    spec, tensors = hifigan(Path("there is no such file"))
    spec.check_tensors(tensors)
    assert sum(tensor.size for tensor in tensors.values()) == 925_985
    assert spec.values[spec.outputs[0]].rate == 256


def test_layers_of_eight_channels_stay_in_float() -> None:
    spec, _ = hifigan(Path("there is no such file"))
    narrow = narrow_products(spec)
    assert "last" in narrow
    assert {layer.name for layer in spec.layers} > narrow
    widths = {spec.values[name].channels for name in narrow}
    assert widths == {1, 8}


def test_peers_run_it_without_masks() -> None:
    spec, _ = hifigan(Path("there is no such file"))
    assert spec.valid in random_inputs(spec, 2)
    plain = without_masks(spec)
    assert list(random_inputs(plain, 2)) == ["mel"]
