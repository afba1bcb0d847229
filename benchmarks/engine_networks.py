"""The networks of the engine benchmark, by the names of its command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks.generator import TEXT_ROWS, generator
from benchmarks.networks.hifigan import hifigan
from benchmarks.networks.vocos import vocos
from benchmarks.networks.wavenet import wavenet
from edge_tts.network.int8_product import PRODUCT_LAYERS
from edge_tts.network.stack_spec import StackSpec

Network = tuple[StackSpec, dict[str, NDArray[np.float32]]]

_MIN_INT8_CHANNELS: Final = 16

NETWORKS: Final[dict[str, Callable[[], Network]]] = {
    "gen": generator,
    "wavenet": wavenet,
    "vocoder": vocos,
    "hifigan": hifigan,
}
"""Name -> description and float32 tensors."""


def load_network(name: str, hifigan_path: Path | None = None) -> Network:
    """Returns a network; HiFi-GAN from a file of the caller's choice."""
    if name == "hifigan" and hifigan_path is not None:
        return hifigan(hifigan_path)
    return NETWORKS[name]()


def narrow_products(spec: StackSpec) -> frozenset[str]:
    """Returns the layers with so few channels that int8 gains nothing.

    They stay in float32, as ``calibrate convert`` leaves them.
    """
    return frozenset(
        layer.name
        for layer in spec.layers
        if isinstance(layer, PRODUCT_LAYERS)
        and min(layer.channels, spec.layer_inputs(layer)[0].channels)
        < _MIN_INT8_CHANNELS
    )


def random_inputs(spec: StackSpec, num_rows: int, seed: int = 5) -> dict[str, Any]:
    """Returns one chunk: Gaussian rows, ids of the first two entries, all rows valid.

    Rows called ``mel`` have mean and deviation of log-mels.

    Inputs on another axis than the first one, such as the keys of a text, have
    ``TEXT_ROWS`` rows.
    """
    generator = np.random.default_rng(seed)
    inputs: dict[str, Any] = {}
    for given in spec.inputs:
        rows = num_rows if given.axis == spec.inputs[0].axis else TEXT_ROWS
        if given.dtype == "int64":
            inputs[given.name] = generator.integers(0, 2, rows)
        elif given.name == spec.valid:
            inputs[given.name] = np.ones((rows, 1), np.float32)
        else:
            array = generator.standard_normal((rows, given.channels))
            if given.name == "mel":
                array = 2 * array - 5
            inputs[given.name] = array.astype(np.float32)
    return inputs


def without_masks(spec: StackSpec) -> StackSpec:
    """Returns the network as it is in mid-utterance, where no row has to be masked.

    The peers run this one: their users would mask the ends outside the graph.
    """
    if not spec.valid:
        return spec
    inputs = tuple(given for given in spec.inputs if given.name != spec.valid)
    return replace(spec, inputs=inputs, valid="")
