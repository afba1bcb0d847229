"""The aligner finds what was put into made-up cepstra."""

from __future__ import annotations

import numpy as np
import pytest

from calibrate.voice.align_units import Token, build_chain
from edge_tts.text.phonemes import SHORT_PAUSE

pytest.importorskip("numba")
pytest.importorskip("scipy")

from calibrate.voice.align_mfcc import NUM_FEATURES, mfcc
from calibrate.voice.align_mixture import MixtureCounts, estimate
from calibrate.voice.align_train import (
    AlignmentClip,
    align,
    is_long_enough,
    normalise,
)
from calibrate.voice.align_viterbi import viterbi

PHONES = ("AA", "B", "S", "IY", "M", "T")


def _sentence(draw: np.random.Generator) -> list[Token]:
    tokens: list[Token] = [("SIL", 0, 0)]
    for _ in range(4):
        word = draw.choice(PHONES, 3)
        for position, phone in zip((1, 0, 2), word, strict=True):
            stress = 2 if phone in ("AA", "IY") else 0
            tokens.append((str(phone), stress, position))
    return [*tokens, (".", 0, 0)]


def _clips(count: int) -> tuple[list[AlignmentClip], list[np.ndarray]]:
    """Each phone a fixed vector plus noise; some words parted by a pause."""
    draw = np.random.default_rng(5)
    sound = {p: draw.normal(0, 2, NUM_FEATURES) for p in (*PHONES, "pause")}
    clips, truth = [], []
    for number in range(count):
        chain = build_chain(_sentence(draw))
        rows, lengths = [], []
        for unit, optional in zip(chain.units, chain.optional, strict=True):
            spoken = unit[0] in PHONES
            length = int(draw.integers(6, 20)) if spoken else 24
            if optional and draw.random() < 0.6:
                length = 0
            lengths.append(length)
            centre = sound[unit[0] if spoken else "pause"]
            rows.append(centre + draw.normal(0, 0.7, (length, NUM_FEATURES)))
        stacked = np.concatenate(rows).astype(np.float32)
        clips.append(AlignmentClip(f"clip{number}", "made_up", stacked, chain))
        truth.append(np.concatenate([[0], np.cumsum(lengths)]))
    return clips, truth


def test_recovers_made_up_durations() -> None:
    clips, truth = _clips(24)
    assert all(is_long_enough(clip) for clip in clips)
    normalise(clips)
    align(clips)
    errors = np.concatenate(
        [np.abs(c.boundaries() - t) for c, t in zip(clips, truth, strict=True)]
    )
    assert np.mean(errors <= 2) > 0.9
    assert np.mean(errors) < 1.5


def test_a_pause_may_part_words_but_not_phones_of_a_word() -> None:
    chain = build_chain(
        [("SIL", 0, 0), ("AA", 2, 1), ("B", 0, 2), ("IY", 2, 3), (".", 0, 0)]
    )
    assert [u[0] for u in chain.units] == ["SIL", "AA", "B", SHORT_PAUSE, "IY", "."]
    assert chain.optional.tolist() == [False, False, False, True, False, False]
    after_pause = 4 * 3
    assert chain.skip_from[after_pause] == 2 * 3 + 2
    assert (np.delete(chain.skip_from, after_pause) == -1).all()


def test_punctuation_between_words_may_be_silent() -> None:
    chain = build_chain([("SIL", 0, 0), ("AA", 2, 3), (",", 0, 0), ("B", 0, 3)])
    assert chain.optional.tolist() == [False, False, True, False]


def test_viterbi_skips_only_where_allowed() -> None:
    scores = np.full((4, 4), -50.0, np.float32)
    scores[np.arange(4), [0, 0, 3, 3]] = 0.0
    path, _ = viterbi(scores, np.array([-1, -1, -1, 0]))
    assert path.tolist() == [0, 0, 3, 3]
    path, _ = viterbi(scores, np.array([-1, -1, -1, -1]))
    assert path.tolist() == [0, 1, 2, 3]


def test_estimate_returns_mean_and_variance() -> None:
    draw = np.random.default_rng(1)
    rows = draw.normal(3.0, 2.0, (4000, 2)).astype(np.float32)
    counts = MixtureCounts.zeros(1, 1, 2)
    counts.add(rows, np.zeros(4000, np.int64), np.zeros(4000, np.int64))
    mixtures = estimate(counts)
    assert np.allclose(mixtures.means, 3.0, atol=0.15)
    assert np.allclose(mixtures.variances, 4.0, atol=0.4)
    scores, _ = mixtures.score(rows[:5], np.array([0]))
    expected = -0.5 * (
        np.log(2 * np.pi * mixtures.variances[0, 0])
        + (rows[:5] - mixtures.means[0, 0]) ** 2 / mixtures.variances[0, 0]
    ).sum(axis=1)
    assert np.allclose(scores[:, 0], expected, atol=1e-3)


def test_two_feature_rows_per_mel_frame() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 256 * 11 + 5).astype(np.float32)
    assert mfcc(samples).shape == (22, NUM_FEATURES)
