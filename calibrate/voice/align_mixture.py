"""Diagonal Gaussian mixtures, one per HMM state, and their re-estimation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_VARIANCE_FLOOR = 0.02
_MIN_WEIGHT = 1e-4
_MIN_COUNT = 20
"""A component that fewer rows chose keeps its former shape."""
_SPLIT_OFFSET = 0.2
"""Standard deviations between a component and each half of its split."""


@dataclass
class MixtureCounts:
    """Sums over the rows given to each component: what re-estimation needs."""

    count: NDArray[np.float64]  # (states, components)
    total: NDArray[np.float64]  # (states, components, features)
    squares: NDArray[np.float64]  # (states, components, features)

    @classmethod
    def zeros(cls, states: int, components: int, features: int) -> MixtureCounts:
        """Start empty."""
        shape = (states, components)
        return cls(
            np.zeros(shape), np.zeros((*shape, features)), np.zeros((*shape, features))
        )

    def add(
        self,
        rows: NDArray[np.float32],
        states: NDArray[np.int64],
        components: NDArray[np.int64],
    ) -> None:
        """Give row t to component ``components[t]`` of state ``states[t]``."""
        features = rows.shape[1]
        flat = states * self.count.shape[1] + components
        order = np.argsort(flat, kind="stable")
        flat, rows = flat[order], rows[order]
        starts = np.flatnonzero(np.r_[True, np.diff(flat) > 0])
        owners = flat[starts]
        self.count.reshape(-1)[owners] += np.diff(np.r_[starts, len(flat)])
        self.total.reshape(-1, features)[owners] += np.add.reduceat(rows, starts)
        self.squares.reshape(-1, features)[owners] += np.add.reduceat(
            rows * rows, starts
        )


class Mixtures:
    """Mixtures of all states: means and variances (states, components, features)."""

    def __init__(
        self,
        means: NDArray[np.float64],
        variances: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> None:
        self.means, self.variances, self.weights = means, variances, weights
        precision = 1.0 / variances
        # log N(x) is linear in (x * x, x): one matrix product scores all states.
        self._linear = np.concatenate(
            [-0.5 * precision, means * precision], axis=2
        ).astype(np.float32)
        normaliser = np.log(2 * np.pi * variances) + means**2 * precision
        self._constant = (np.log(weights) - 0.5 * normaliser.sum(axis=2)).astype(
            np.float32
        )

    @property
    def num_components(self) -> int:
        """Components per state."""
        return int(self.weights.shape[1])

    def score(
        self, rows: NDArray[np.float32], states: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """Score rows (T, features) under ``states`` (K,) by their best component.

        Returns:
            (T, K) float32 log likelihoods and (T, K) int8 components.
        """
        expanded = np.concatenate([rows * rows, rows], axis=1)
        best = np.full((len(rows), len(states)), -np.inf, np.float32)
        chosen = np.zeros(best.shape, np.int8)
        for component in range(self.num_components):
            value = expanded @ self._linear[states, component].T
            value += self._constant[states, component]
            chosen[value > best] = component
            np.maximum(best, value, out=best)
        return best, chosen

    def split(self) -> Mixtures:
        """Double the components, each into two at half weight."""
        offset = _SPLIT_OFFSET * np.sqrt(self.variances)
        return Mixtures(
            np.concatenate([self.means + offset, self.means - offset], axis=1),
            np.concatenate([self.variances] * 2, axis=1),
            np.concatenate([self.weights] * 2, axis=1) / 2,
        )


def estimate(counts: MixtureCounts, previous: Mixtures | None = None) -> Mixtures:
    """Re-estimate by maximum likelihood; rare components keep ``previous``."""
    divisor = np.maximum(counts.count, 1e-3)[..., None]
    means = counts.total / divisor
    variances = np.maximum(counts.squares / divisor - means**2, _VARIANCE_FLOOR)
    weights = counts.count / np.maximum(counts.count.sum(axis=1, keepdims=True), 1)
    if previous is not None:
        rare = counts.count < _MIN_COUNT
        means[rare] = previous.means[rare]
        variances[rare] = previous.variances[rare]
        weights[rare] = _MIN_WEIGHT
    return Mixtures(means, variances, np.maximum(weights, _MIN_WEIGHT))
