"""Which values reach the products of a stack: the ground for static int8 scales."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.int8_product import PRODUCT_LAYERS
from edge_tts.network.reference import run_all_values
from edge_tts.network.stack_spec import StackSpec


@dataclass(frozen=True)
class ActivationRange:
    """Smallest and largest input of one product; always holds zero."""

    low: float
    """At most 0."""
    high: float
    """At least 0."""

    def uint8_scale(self) -> tuple[float, int]:
        """Returns scale and zero point with x ~ (q - zero_point) * scale."""
        scale = max(self.high - self.low, 1e-8) / 255
        return scale, round(-self.low / scale)


def collect_activation_ranges(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    samples: Iterable[Mapping[str, NDArray[Any]]],
    percentile: float = 100.0,
) -> dict[str, ActivationRange]:
    """Runs samples through the stack and collects the input range of each product.

    Args:
        spec: the network.
        tensors: its float32 tensors.
        samples: inputs by name, whole utterances rather than chunks.
        percentile: 100 keeps the extremes; less cuts both tails, per sample.

    Returns:
        Layer name -> range, for every linear and conv layer.

    Raises:
        ValueError: no samples.
    """
    layers = [layer for layer in spec.layers if isinstance(layer, PRODUCT_LAYERS)]
    lows: dict[str, list[float]] = {layer.name: [] for layer in layers}
    highs: dict[str, list[float]] = {layer.name: [] for layer in layers}
    for sample in samples:
        values = run_all_values(spec, tensors, sample)
        for layer in layers:
            rows = values[layer.inputs[0]]
            low, high = np.percentile(rows, (100 - percentile, percentile))
            lows[layer.name].append(float(low))
            highs[layer.name].append(float(high))
    if layers and not lows[layers[0].name]:
        raise ValueError(f"no calibration samples for stack {spec.name!r}")
    return {
        layer.name: ActivationRange(
            low=min(0.0, *lows[layer.name]), high=max(0.0, *highs[layer.name])
        )
        for layer in layers
    }
