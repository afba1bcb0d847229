"""What a device played against what was spoken."""

from __future__ import annotations

import numpy as np

NUM_FADE = 110
"""Samples of a ramp between silence and speech: 5 ms at 22.05 kHz."""


def is_heard_whole(samples: np.ndarray, speech: np.ndarray) -> bool:
    """Whether ``samples`` are silence, a ramp, exactly ``speech``, a ramp, silence."""
    sound = np.trim_zeros(samples).astype(int)
    for num_rise in range(NUM_FADE + 1):
        end = num_rise + len(speech)
        if np.array_equal(sound[num_rise:end], speech):
            return _is_ramp(sound[: num_rise + 1]) and _is_ramp(sound[end - 1 :][::-1])
    return False


def num_extra(samples: np.ndarray, speech: np.ndarray) -> int | None:
    """Samples that are not ``speech``, which is there in order; None if it is not."""
    found = 0
    for sample in samples.tolist():
        if found < len(speech) and sample == speech[found]:
            found += 1
    return len(samples) - found if found == len(speech) else None


def _is_ramp(sound: np.ndarray) -> bool:
    steps = np.diff(np.abs(sound))
    return len(sound) <= NUM_FADE + 1 and not (steps < 0).any()
