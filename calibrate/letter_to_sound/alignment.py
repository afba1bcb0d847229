"""Finds which letters of a word stand for which phonemes; no network here."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

MAX_PHONEMES: Final = 3
"""Phonemes that one letter may stand for."""
_FLOOR: Final = -14.0
_ROUNDS: Final = 7
_SAMPLE: Final = 12000

Phonemes = tuple[str, ...]
Chunks = tuple[Phonemes, ...]


@dataclass(frozen=True)
class AlignedWord:
    """A word whose letters each carry zero to three phonemes."""

    word: str
    chunks: Chunks
    """One entry per letter."""
    score: float
    """Log probability per letter; very low for abbreviations and odd spellings."""


class LetterModel:
    """Log probability of a chunk of bare phonemes given its letter."""

    def __init__(self) -> None:
        self._scores: dict[tuple[str, Phonemes], float] = {}

    def score(self, letter: str, chunk: Phonemes) -> float:
        """Score without stress; unseen pairs get a low constant."""
        if not self._scores:
            return (-1.0, -0.5, -3.0, -6.0)[len(chunk)]
        return self._scores.get((letter, chunk), _FLOOR)

    def fit(self, aligned: Iterable[AlignedWord]) -> None:
        """Replace the scores by relative frequencies."""
        counts: Counter[tuple[str, Phonemes]] = Counter()
        letters: Counter[str] = Counter()
        for entry in aligned:
            for letter, chunk in zip(entry.word, entry.chunks, strict=True):
                counts[letter, bare(chunk)] += 1
                letters[letter] += 1
        self._scores = {
            pair: math.log(count / (letters[pair[0]] + 1))
            for pair, count in counts.items()
        }


def bare(chunk: Phonemes) -> Phonemes:
    """Phonemes without stress digits."""
    return tuple(phoneme.rstrip("012") for phoneme in chunk)


def align(word: str, phonemes: Phonemes, model: LetterModel) -> AlignedWord | None:
    """Best chunking by dynamic programming, or None if the word is too short."""
    plain = bare(phonemes)
    size = len(plain)
    best: list[float] = [0.0] + [-math.inf] * size
    back: list[list[int]] = []
    for letter in word:
        now = [-math.inf] * (size + 1)
        steps = [0] * (size + 1)
        for end in range(size + 1):
            for count in range(min(MAX_PHONEMES, end) + 1):
                before = best[end - count]
                if before == -math.inf:
                    continue
                score = before + model.score(letter, plain[end - count : end])
                if score > now[end]:
                    now[end], steps[end] = score, count
        best = now
        back.append(steps)
    if best[size] == -math.inf:
        return None
    chunks: list[Phonemes] = []
    end = size
    for steps in reversed(back):
        chunks.append(phonemes[end - steps[end] : end])
        end -= steps[end]
    return AlignedWord(word, tuple(reversed(chunks)), best[size] / len(word))


def align_all(
    entries: Sequence[tuple[str, Phonemes]], seed: int
) -> tuple[AlignedWord, ...]:
    """Train the letter model on a sample, then align every entry with it."""
    model = LetterModel()
    sample = random.Random(seed).sample(entries, min(_SAMPLE, len(entries)))
    # The first round knows nothing: words with as many letters as phonemes teach it.
    seeds = [
        AlignedWord(word, tuple((phoneme,) for phoneme in phonemes), 0.0)
        for word, phonemes in sample
        if len(word) == len(phonemes)
    ]
    model.fit(seeds)
    for _ in range(_ROUNDS):
        found = (align(word, phonemes, model) for word, phonemes in sample)
        model.fit([entry for entry in found if entry])
    everything = (align(word, phonemes, model) for word, phonemes in entries)
    return tuple(entry for entry in everything if entry)
