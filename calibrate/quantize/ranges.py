"""Range estimators: where static int8 cuts the values that reach a product."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.graphs.activation_ranges import ActivationRange
from edge_tts.network.int8_product import PRODUCT_LAYERS
from edge_tts.network.reference import run_all_values
from edge_tts.network.stack_spec import StackSpec

NUM_BINS: Final = 2048
_LEVELS: Final = 256
_STEPS: Final = 24
"""Cuts that are tried between an eighth of the range and all of it."""
_PERCENTILE: Final = 99.99
Counts = NDArray[np.float64]


def estimate_ranges(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    samples: Iterable[Mapping[str, NDArray[Any]]],
    estimator: str,
) -> dict[str, ActivationRange]:
    """The range of each product's input.

    Args:
        spec: the network.
        tensors: its float32 tensors.
        samples: inputs by name, whole utterances.
        estimator: one of ``ESTIMATORS``.

    Returns:
        Layer name -> range.

    Raises:
        ValueError: no samples, or an unknown estimator.
    """
    if estimator not in ESTIMATORS:
        raise ValueError(
            f"unknown range estimator {estimator!r}, expected one of "
            f"{', '.join(ESTIMATORS)}"
        )
    layers = [layer for layer in spec.layers if isinstance(layer, PRODUCT_LAYERS)]
    seen: dict[str, list[NDArray[np.float32]]] = {}
    for sample in samples:
        values = run_all_values(spec, tensors, sample)
        for layer in layers:
            seen.setdefault(layer.inputs[0], []).append(values[layer.inputs[0]].ravel())
    if layers and not seen:
        raise ValueError(f"no calibration samples for stack {spec.name!r}")
    found = {}
    for name, parts in seen.items():
        rows = np.concatenate(parts)
        low, high = min(0.0, float(rows.min())), max(0.0, float(rows.max()))
        edges = np.linspace(low, max(high, low + 1e-6), NUM_BINS + 1)
        counts = np.histogram(rows, edges)[0].astype(np.float64)
        found[name] = ESTIMATORS[estimator](counts, edges)
    return {layer.name: found[layer.inputs[0]] for layer in layers}


def _minmax(counts: Counts, edges: Counts) -> ActivationRange:
    return ActivationRange(float(edges[0]), float(edges[-1]))


def _percentile(counts: Counts, edges: Counts) -> ActivationRange:
    share = np.cumsum(counts) / max(counts.sum(), 1.0)
    tail = 1 - _PERCENTILE / 100
    low = edges[np.searchsorted(share, tail)]
    high = edges[min(np.searchsorted(share, 1 - tail) + 1, NUM_BINS)]
    return ActivationRange(min(0.0, float(low)), max(0.0, float(high)))


def _mse(counts: Counts, edges: Counts) -> ActivationRange:
    return _best(counts, edges, _squared_error)


def _entropy(counts: Counts, edges: Counts) -> ActivationRange:
    return _best(counts, edges, _divergence)


def _best(
    counts: Counts,
    edges: Counts,
    cost: Callable[[Counts, Counts, float, float], float],
) -> ActivationRange:
    """The symmetric shrinking of the range that costs least."""
    shares = np.linspace(0.125, 1.0, _STEPS)
    low, high = float(edges[0]), float(edges[-1])
    centres = (edges[:-1] + edges[1:]) / 2
    best = min(shares, key=lambda s: cost(counts, centres, low * s, high * s))
    return ActivationRange(low * float(best), high * float(best))


def _quantized(centres: Counts, low: float, high: float) -> Counts:
    scale = max(high - low, 1e-12) / (_LEVELS - 1)
    levels = np.rint((np.clip(centres, low, high) - low) / scale)
    return np.asarray(levels * scale + low)


def _squared_error(counts: Counts, centres: Counts, low: float, high: float) -> float:
    return float((counts * np.square(centres - _quantized(centres, low, high))).sum())


def _divergence(counts: Counts, centres: Counts, low: float, high: float) -> float:
    """Kullback-Leibler divergence of the values from their quantised selves.

    What is cut counts in the values' outermost bins but not in the quantised ones:
    cutting has to cost something.
    """
    inside = (centres >= low) & (centres <= high)
    kept = counts[inside]
    p = kept.copy()
    p[0] += counts[centres < low].sum()
    p[-1] += counts[centres > high].sum()
    scale = max(high - low, 1e-12) / (_LEVELS - 1)
    levels = np.rint((centres[inside] - low) / scale).astype(np.int64)
    mass = np.bincount(levels, weights=kept, minlength=_LEVELS)
    width = np.bincount(levels, weights=kept > 0, minlength=_LEVELS)
    q = np.where(kept > 0, (mass / np.maximum(width, 1))[levels], 0.0)
    used = p > 0
    p, q = p / max(p.sum(), 1.0), q / max(q.sum(), 1.0)
    return float((p[used] * np.log(p[used] / np.maximum(q[used], 1e-12))).sum())


ESTIMATORS: Final[Mapping[str, Callable[[Counts, Counts], ActivationRange]]] = {
    "minmax": _minmax,
    "percentile": _percentile,
    "entropy": _entropy,
    "mse": _mse,
}
"""Name -> range of a histogram of (bins,) counts between (bins + 1,) edges."""
