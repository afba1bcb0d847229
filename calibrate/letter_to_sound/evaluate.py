"""Scores pronunciations of held-out words with the runtime's own code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from calibrate.lexicon.cmudict import Pronunciation


@dataclass(frozen=True)
class Score:
    """Error rates in percent, against the nearest variant in the dictionary."""

    words: int
    phoneme_errors: float
    """Stress left aside."""
    word_errors: float
    word_errors_with_stress: float


def evaluate(
    words: Iterable[str],
    references: Mapping[str, Sequence[Pronunciation]],
    pronounce: Callable[[str], Pronunciation],
) -> Score:
    """Compare ``pronounce`` with the dictionary."""
    count = edits = length = wrong = wrong_stress = 0
    for word in words:
        guess = pronounce(word)
        plain = _bare(guess)
        distances = [
            (edit_distance(plain, _bare(variant)), len(variant))
            for variant in references[word]
        ]
        distance, size = min(distances)
        count += 1
        edits += distance
        length += size
        wrong += distance > 0
        wrong_stress += guess not in references[word]
    return Score(
        count,
        100.0 * edits / length,
        100.0 * wrong / count,
        100.0 * wrong_stress / count,
    )


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Least number of insertions, deletions and substitutions."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            diagonal, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b)),
            )
    return row[-1]


def _bare(phonemes: Pronunciation) -> Pronunciation:
    return tuple(phoneme.rstrip("012") for phoneme in phonemes)
