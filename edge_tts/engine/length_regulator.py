"""From tokens to frames: durations of exact pace, rows repeated frame by frame."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.engine.elementary import log_of_count

NUM_POSITION_FEATURES: Final = 4
"""Columns that ``regulate`` appends to every row."""

MAX_TOKEN_FRAMES: Final = 400
"""No single sound or pause lasts longer than this many frames (4.6 s at 22.05 kHz)."""


class DurationRounder:
    """Rounds predicted durations to whole frames without losing time on the way.

    The rounding error of one token is carried to the next, so that a sentence at any
    speed is as long as the sum of its real-valued durations; a phoneme still gets at
    least one frame, a pause may get none.
    """

    def __init__(self) -> None:
        self._carry = 0.0

    def round(
        self, durations: NDArray[np.float32], is_pause: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Round one window of tokens.

        Args:
            durations: Frames per token, (N,), not negative; NaN counts as zero.
            is_pause: Whether a token may vanish, (N,).

        Returns:
            Whole frames per token, (N,) int64.
        """
        frames = np.empty(len(durations), np.int64)
        for index, wanted in enumerate(np.nan_to_num(durations).tolist()):
            exact = min(max(wanted, 0.0), float(MAX_TOKEN_FRAMES)) + self._carry
            least = 0 if is_pause[index] else 1
            frames[index] = max(least, int(np.floor(exact + 0.5)))
            # A run of one-frame minimums must not silence the pauses after it.
            self._carry = min(max(exact - float(frames[index]), -1.0), 1.0)
        return frames


def regulate(
    rows: NDArray[np.float32], frames: NDArray[np.int64], first: int, count: int
) -> NDArray[np.float32]:
    """Repeat token rows frame by frame and say where in its token each frame lies.

    Args:
        rows: One row per token, (N, D).
        frames: Frames per token, (N,).
        first: First frame wanted, counted from the first token.
        count: Number of frames wanted; ``first + count`` may not pass the last frame.

    Returns:
        (count, D + 4): the token's row, then the share of the token that has passed and
        that remains, log(frames) / 3 and the frames since its start (up to 20) / 10.
    """
    ends = np.cumsum(frames)
    times = np.arange(first, first + count)
    index = np.searchsorted(ends, times, side="right")
    length = frames[index].astype(np.float32)
    since = (times - (ends - frames)[index]).astype(np.float32)
    out = np.empty((count, rows.shape[1] + NUM_POSITION_FEATURES), np.float32)
    out[:, : rows.shape[1]] = rows[index]
    passed = (since + np.float32(0.5)) / length
    out[:, -4] = passed
    out[:, -3] = 1.0 - passed
    out[:, -2] = log_of_count(length) / np.float32(3.0)
    out[:, -1] = np.minimum(since, 20.0) / np.float32(10.0)
    return out
