"""What follows from measured times: pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from edge_tts.backends.measured_plan import StageTime
from edge_tts.packs.streaming_spec import StreamingSpec
from edge_tts.tuning.core_sets import CoreSet
from edge_tts.tuning.speech_probe import Spoken

THREAD_GAIN: Final = 0.85
"""More threads must take at most this share of the time, per doubling: they take the
cores away from everybody else, and stall when one of them is not scheduled."""
PIN_GAIN: Final = 0.85
"""Pinning must take at most this share: a core that is free now may be busy later."""
CHUNK_GAIN: Final = 0.95
"""Other chunk sizes than the pack's must take at most this share."""
_BUSY: Final = 0.8
"""Share of real time that making the next chunk may take while one is heard."""


class SpokenCase(NamedTuple):
    """A setting and what it took."""

    cores: CoreSet
    first_frames: int
    max_frames: int
    spoken: Spoken


def estimate(times: Sequence[StageTime], cores: CoreSet) -> float:
    """Seconds per row of all stages together, each with its fastest variant."""
    best: dict[tuple[str, int], float] = {}
    for item in times:
        if (item.num_threads, item.cpus) == (cores.num_threads, cores.cpu_list):
            case = item.stage, item.rows
            best[case] = min(best.get(case, math.inf), item.seconds / item.rows)
    return sum(best.values()) if best else math.inf


def best_cores(spoken: Sequence[SpokenCase]) -> CoreSet:
    """The least number of threads, unpinned if possible, that nobody clearly beats."""
    fastest: dict[CoreSet, float] = {}
    for case in spoken:
        rtf = min(fastest.get(case.cores, math.inf), case.spoken.rtf)
        fastest[case.cores] = rtf
    order = sorted(fastest, key=lambda c: (c.num_threads, c.cpus is not None))
    chosen = order[0]
    for cores in order[1:]:
        doublings = math.log2(cores.num_threads / chosen.num_threads)
        needed = THREAD_GAIN**doublings
        if cores.cpus is not None and chosen.cpus is None:
            needed *= PIN_GAIN
        if fastest[cores] <= fastest[chosen] * needed:
            chosen = cores
    return chosen


def best_chunks(cases: Sequence[SpokenCase], usual: StreamingSpec) -> SpokenCase:
    """Chunk sizes: the least work with large ones, the first sound with the first."""

    def is_usual_max(case: SpokenCase) -> bool:
        return case.max_frames == usual.max_frames

    def is_usual_first(case: SpokenCase) -> bool:
        return case.first_frames == usual.first_frames

    least = min(case.spoken.rtf for case in cases)
    fast = [case for case in cases if case.spoken.rtf * CHUNK_GAIN <= least]
    # Among equals the pack's own size, then the smaller: it cancels sooner.
    size = min(fast, key=lambda c: (not is_usual_max(c), c.max_frames)).max_frames
    fast = [case for case in fast if case.max_frames == size]
    first = min(case.spoken.first_seconds for case in fast)
    soon = [case for case in fast if case.spoken.first_seconds * CHUNK_GAIN <= first]
    return min(soon, key=lambda c: (not is_usual_first(c), -c.first_frames))


def safe_growth(rtf: float, most: float) -> float:
    """Factor from chunk to chunk such that one lasts until the next one is made."""
    return round(max(1.0, min(most, _BUSY / max(rtf, 1e-6))), 2)
