"""Forced alignment: monophone hidden Markov models trained from a flat start.

Viterbi training needs no labels: sentences start evenly divided, each round
re-estimates the mixtures from the best paths of the last. Shared models first, then
each speaker's own.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.align_mfcc import NUM_FEATURES
from calibrate.voice.align_mixture import MixtureCounts, Mixtures, estimate
from calibrate.voice.align_units import NUM_STATES, SILENCE_STATES, UnitChain
from calibrate.voice.align_viterbi import viterbi

SHARED_ROUNDS = (*[1] * 8, *[2] * 3, *[4] * 3, *[8] * 3)
"""Gaussians per state in each round over all speakers."""
SPEAKER_ROUNDS = 3
_HALF_DATA_ROUNDS = 4
"""The first rounds only find the coarse shape: every other clip is enough."""
_EDGE_ROWS = 18
"""Rows (0.1 s) taken for silence at both ends in the flat start."""

_LOG = logging.getLogger(__name__)


@dataclass
class AlignmentClip:
    """A clip on its way through training."""

    uid: str
    speaker: str
    rows: NDArray[np.float32]
    """(T, 39) cepstral features, normalised per speaker by ``normalise``."""
    chain: UnitChain
    path: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """(T,) chain position of each row after the last round."""

    def boundaries(self) -> NDArray[np.int64]:
        """First row of each unit, then the end: (units + 1,)."""
        owners = self.chain.owners[self.path]
        return np.searchsorted(owners, np.arange(len(self.chain.units) + 1))


def is_long_enough(clip: AlignmentClip) -> bool:
    """Whether every obligatory state can have a row of its own in the flat start."""
    obligatory = int((~optional_states(clip.chain)).sum())
    return len(clip.rows) >= obligatory + 2 * _EDGE_ROWS


def optional_states(chain: UnitChain) -> NDArray[np.bool_]:
    """(S,) whether the state belongs to a pause that may be absent."""
    return chain.optional[chain.owners]


def normalise(clips: Sequence[AlignmentClip]) -> None:
    """Give each speaker's features zero mean and unit variance, in place."""
    for speaker in sorted({clip.speaker for clip in clips}):
        own = [clip for clip in clips if clip.speaker == speaker]
        stacked = np.concatenate([clip.rows for clip in own]).astype(np.float64)
        mean, deviation = stacked.mean(axis=0), stacked.std(axis=0)
        for clip in own:
            clip.rows = ((clip.rows - mean) / deviation).astype(np.float32)


def align(clips: Sequence[AlignmentClip]) -> None:
    """Train and leave the final path in every clip; features must be normalised."""
    shared = _flat_start(clips)
    for number, components in enumerate(SHARED_ROUNDS):
        if components > shared.num_components:
            shared = shared.split()
        used = clips[::2] if number < _HALF_DATA_ROUNDS else clips
        counts, score = _best_paths(shared, used)
        shared = estimate(counts, shared)
        _LOG.info("round %d: %d Gaussians, %.3f a row", number, components, score)
    for speaker in sorted({clip.speaker for clip in clips}):
        own = [clip for clip in clips if clip.speaker == speaker]
        models = shared
        for _ in range(SPEAKER_ROUNDS):
            counts, _ = _best_paths(models, own)
            models = estimate(counts, models)
        _, score = _best_paths(models, own)
        _LOG.info("%s: %.3f a row", speaker, score)


def _flat_start(clips: Sequence[AlignmentClip]) -> Mixtures:
    counts = MixtureCounts.zeros(NUM_STATES, 1, NUM_FEATURES)
    middle = SILENCE_STATES[1]
    for clip in clips:
        obligatory = clip.chain.states[~optional_states(clip.chain)]
        num_rows = len(clip.rows)
        cuts = np.linspace(_EDGE_ROWS, num_rows - _EDGE_ROWS, len(obligatory) + 1)
        lengths = np.diff(cuts.astype(np.int64))
        states = np.concatenate(
            [
                np.full(_EDGE_ROWS, middle),
                np.repeat(obligatory, lengths),
                np.full(num_rows - _EDGE_ROWS - int(lengths.sum()), middle),
            ]
        )
        counts.add(clip.rows, states, np.zeros(num_rows, np.int64))
    # Only the middle state of silence met real silence above.
    for array in (counts.count, counts.total, counts.squares):
        array[list(SILENCE_STATES)] = array[middle]
    return estimate(counts)


def _best_paths(
    models: Mixtures, clips: Sequence[AlignmentClip]
) -> tuple[MixtureCounts, float]:
    counts = MixtureCounts.zeros(NUM_STATES, models.num_components, NUM_FEATURES)
    total, num_rows = 0.0, 0
    for clip in clips:
        distinct, inverse = np.unique(clip.chain.states, return_inverse=True)
        scores, components = models.score(clip.rows, distinct)
        clip.path, score = viterbi(
            np.ascontiguousarray(scores[:, inverse]), clip.chain.skip_from
        )
        columns = inverse[clip.path]
        chosen = components[np.arange(len(columns)), columns].astype(np.int64)
        counts.add(clip.rows, distinct[columns], chosen)
        total += score
        num_rows += len(clip.rows)
    return counts, total / max(num_rows, 1)
