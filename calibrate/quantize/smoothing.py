"""Moves large channels of activations into the weights behind a norm (SmoothQuant).

One scale per row of activations is set by its largest channel; dividing that channel in
the norm and multiplying it in the weights leaves the product as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.int8_product import PRODUCT_LAYERS
from edge_tts.network.layers.normalization import LayerNorm, RmsNorm
from edge_tts.network.reference import run_all_values
from edge_tts.network.stack_spec import StackSpec

STRENGTH: Final = 0.5
"""Share of the spread that goes to the weights; the paper's value."""
Arrays = Mapping[str, NDArray[Any]]


def smooth(
    spec: StackSpec,
    tensors: Arrays,
    samples: Iterable[Arrays],
    strength: float = STRENGTH,
) -> dict[str, NDArray[Any]]:
    """Returns tensors of the same network with evened-out activations.

    Args:
        spec: the network.
        tensors: its float32 tensors.
        samples: inputs by name, whole utterances.
        strength: 0 moves nothing, 1 all.
    """
    norms = {
        layer.name: readers
        for layer in spec.layers
        if isinstance(layer, LayerNorm | RmsNorm) and layer.affine
        if layer.name not in spec.outputs
        if (readers := [r for r in spec.layers if layer.name in r.inputs])
        and all(isinstance(reader, PRODUCT_LAYERS) for reader in readers)
    }
    peaks: dict[str, NDArray[np.float32]] = {}
    for sample in samples:
        values = run_all_values(spec, tensors, sample)
        for name in norms:
            peak = np.abs(values[name]).max(axis=0)
            peaks[name] = np.maximum(peaks.get(name, peak), peak)
    result = dict(tensors)
    for name, readers in norms.items():
        weights = [tensors[f"{reader.name}.weight"] for reader in readers]
        # (..., inputs, outputs): all but the inputs.
        reach = np.max(
            [
                np.abs(weight).max(
                    axis=tuple(a for a in range(weight.ndim) if a != weight.ndim - 2)
                )
                for weight in weights
            ],
            axis=0,
        )
        scale = np.maximum(peaks[name], 1e-5) ** strength
        scale /= np.maximum(reach, 1e-5) ** (1 - strength)
        scale /= np.exp(np.log(scale).mean())
        scale = scale.astype(np.float32)
        for role in ("gain", "bias"):
            if f"{name}.{role}" in result:
                result[f"{name}.{role}"] = result[f"{name}.{role}"] / scale
        for reader in readers:
            key = f"{reader.name}.weight"
            result[key] = result[key] * scale[:, None]
    return result
