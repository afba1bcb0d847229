"""What can be wrong with a spoken sentence, each measured from the sound alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

SECONDS_PER_PHONEME: Final = (0.045, 0.20)
"""Sentences of three words and more, edges included; recordings: 0.064 to 0.144."""
MAX_SILENCE_SECONDS: Final = 0.9
"""Longest pause inside a sentence; recordings reach 0.61."""
MAX_CLICK: Final = 20.0
"""Largest jump over the level of the jumps around it; recordings reach 16.4."""
MAX_WORD_SHIFT_SECONDS: Final = 0.25
"""Between where a word should be heard and where the aligner hears it start."""
_SILENCE_DB: Final = -55.0
_CLIPPED: Final = 0.999


def sound_problems(
    samples: NDArray[np.float32], rate: int, num_phonemes: int, num_words: int
) -> list[str]:
    """Look for NaN, clipping, silence, holes, clicks and odd lengths.

    Args:
        samples: Mono speech of one sentence.
        rate: Samples per second.
        num_phonemes: Phonemes that it should hold.
        num_words: Words that it should hold.
    """
    problems = []
    if not np.isfinite(samples).all():
        return ["not finite"]
    clipped = int((np.abs(samples) >= _CLIPPED).sum())
    if clipped:
        problems.append(f"{clipped} samples clipped")
    longest = longest_silence(samples, rate)
    if longest > MAX_SILENCE_SECONDS:
        problems.append(f"silent for {longest:.2f} s")
    click = largest_click(samples, rate)
    if click > MAX_CLICK:
        problems.append(f"click of {click:.1f} times its neighbourhood")
    pace = len(samples) / rate / max(num_phonemes, 1)
    low, high = SECONDS_PER_PHONEME
    if num_words >= 3 and not low <= pace <= high:
        problems.append(f"{pace * 1e3:.0f} ms per phoneme")
    return problems


def shifted_words(
    marks: Sequence[tuple[float, float]], heard: Sequence[tuple[float, float]]
) -> list[int]:
    """Indices of words heard elsewhere than the voice says it put them.

    A word that is missing, said twice or cut moves itself or its neighbours.
    """
    return [
        index
        for index, (mark, found) in enumerate(zip(marks, heard, strict=True))
        if abs(mark[0] - found[0]) > MAX_WORD_SHIFT_SECONDS
        and abs(mark[1] - found[1]) > MAX_WORD_SHIFT_SECONDS
    ]


def longest_silence(samples: NDArray[np.float32], rate: int) -> float:
    """Seconds of the longest hole between the first and the last sound."""
    frame = rate // 100
    count = len(samples) // frame
    if not count:
        return len(samples) / rate
    frames = samples[: count * frame].reshape(count, frame)
    power = np.square(frames, dtype=np.float64).mean(axis=1)
    loud = np.flatnonzero(10 * np.log10(power + 1e-12) > _SILENCE_DB)
    if not len(loud):
        return len(samples) / rate
    return float(max(np.diff(loud).max(initial=1) - 1, 0) * frame / rate)


def largest_click(samples: NDArray[np.float32], rate: int) -> float:
    """Largest second difference over the RMS of those within 10 ms around it.

    Periods of a voice are alike, so that a peak that stands alone is no part of it.
    """
    jumps = np.abs(np.diff(samples.astype(np.float64), 2))
    width = rate // 50
    if len(jumps) <= width:
        return 0.0
    around = np.convolve(np.square(jumps), np.ones(width), "same")
    alone = (around - np.square(jumps)) / (width - 1)
    # Below -60 dBFS a jump is not heard.
    level = np.sqrt(np.maximum(alone, 1e-6))
    return float((jumps / level).max())
