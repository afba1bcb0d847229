"""Owns the checks of one take: silence, clipping, a length that cannot be right."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

SHORTEST: Final = 0.4
"""Of the predicted length; the fit itself is off by -16 % to +28 %."""
LONGEST: Final = 2.5
SILENT_DB: Final = -50.0
"""dBFS; voices speak at about -23."""
GAP_SECONDS: Final = 2.5
"""No voice pauses as long within a sentence."""
CLIP_RUN: Final = 4
"""Neighbouring samples at full scale that are heard as distortion."""
_FULL_SCALE: Final = np.float32(32767.0 / 32768.0)
_GAP_LEVEL: Final = np.float32(10.0 ** (-60.0 / 20.0))
_MARGIN_SECONDS: Final = 0.35


def level_db(samples: NDArray[np.float32]) -> float:
    """Root mean square in dBFS, -120 at least."""
    if not len(samples):
        return -120.0
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return max(-120.0, 10.0 * float(np.log10(max(power, 1e-12))))


def take_problems(
    samples: NDArray[np.float32],
    sample_rate: int,
    predicted_seconds: float,
    lost_words: int,
) -> list[str]:
    """What is suspicious about a take, one phrase each; [] when nothing is.

    Args:
        samples: (num_samples,) as synthesised, before conversion to 16 bits.
        sample_rate: Hz.
        predicted_seconds: From the text; 0 when nothing in it can be spoken.
        lost_words: Words of the text that no mark covers.
    """
    problems = []
    if not np.isfinite(samples).all():
        problems.append("samples that are not numbers")
        samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    if lost_words:
        problems.append(f"{lost_words} words not spoken")
    if predicted_seconds <= 0.0:
        return problems
    seconds = len(samples) / sample_rate
    shortest = SHORTEST * (predicted_seconds - _MARGIN_SECONDS)
    longest = LONGEST * (predicted_seconds + _MARGIN_SECONDS)
    if not shortest <= seconds <= longest:
        problems.append(f"{seconds:.1f} s long, {predicted_seconds:.1f} s expected")
    if level_db(samples) < SILENT_DB:
        problems.append(f"silent ({level_db(samples):.0f} dBFS)")
    elif _longest_run(np.abs(samples) < _GAP_LEVEL) > GAP_SECONDS * sample_rate:
        problems.append("a silence inside the sentence")
    if _longest_run(np.abs(samples) >= _FULL_SCALE) >= CLIP_RUN:
        problems.append("clipped")
    return problems


def _longest_run(flags: NDArray[np.bool_]) -> int:
    if not flags.any():
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return int((edges[1::2] - edges[::2]).max())
