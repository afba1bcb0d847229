"""Best path through a left-to-right chain of states; compiled."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

LOG_STAY = np.float32(-0.2)
LOG_MOVE = np.float32(-1.7)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def viterbi(
    scores: NDArray[np.float32], skip_from: NDArray[np.int64]
) -> tuple[NDArray[np.int32], float]:
    """Find the best path from the first to the last position.

    Args:
        scores: (T, S) float32 log likelihoods.
        skip_from: (S,) position from which one may also arrive, -1 for none.

    Returns:
        (T,) int32 positions, and the log likelihood of the path.
    """
    num_rows, num_positions = scores.shape
    best = np.full(num_positions, -1e30, np.float32)
    following = np.empty(num_positions, np.float32)
    came_from = np.zeros((num_rows, num_positions), np.int16)
    best[0] = scores[0, 0]
    for t in range(1, num_rows):
        for j in range(num_positions):
            value = best[j] + LOG_STAY
            origin = j
            if j > 0:
                moved = best[j - 1] + LOG_MOVE
                if moved > value:
                    value = moved
                    origin = j - 1
            if skip_from[j] >= 0:
                skipped = best[skip_from[j]] + LOG_MOVE
                if skipped > value:
                    value = skipped
                    origin = skip_from[j]
            following[j] = value + scores[t, j]
            came_from[t, j] = origin
        best, following = following, best
    path = np.zeros(num_rows, np.int32)
    position = num_positions - 1
    total = best[position]
    for t in range(num_rows - 1, -1, -1):
        path[t] = position
        position = came_from[t, position]
    return path, total
