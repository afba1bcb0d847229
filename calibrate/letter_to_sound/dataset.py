"""Dictionary words as letter ids and chunk ids, parted into training and held-out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from calibrate.letter_to_sound.alignment import AlignedWord, Phonemes, align_all
from calibrate.lexicon.cmudict import Pronunciation
from edge_tts.text.letter_to_sound import ALPHABET

HELD_OUT_SHARE: Final = 0.05
MIN_CHUNK_COUNT: Final = 15
"""Rarer chunks are noise; their words are left out of the training set."""
MIN_SCORE: Final = -4.5
"""Words whose letters explain their sounds worse are abbreviations."""


@dataclass(frozen=True)
class LetterDataset:
    """What training needs."""

    chunks: tuple[Phonemes, ...]
    """Output classes."""
    training: tuple[AlignedWord, ...]
    held_out: tuple[str, ...]
    """Words never trained on."""


def is_held_out(word: str) -> bool:
    """Decide by a hash, so that the part stays the same whatever else changes."""
    digest = hashlib.sha256(word.encode()).digest()
    return int.from_bytes(digest[:4], "little") < HELD_OUT_SHARE * 2**32


def build_dataset(
    entries: Mapping[str, Sequence[Pronunciation]], seed: int
) -> LetterDataset:
    """Align all plain words and choose the classes."""
    words = {
        word: variants
        for word, variants in entries.items()
        if len(word) > 1 and set(word) <= set(ALPHABET) and word[0] != "'"
    }
    pairs = [
        (word, variants[0]) for word, variants in words.items() if not is_held_out(word)
    ]
    aligned = [word for word in align_all(pairs, seed) if word.score > MIN_SCORE]
    counts = Counter(chunk for word in aligned for chunk in word.chunks)
    chunks = tuple(
        sorted(chunk for chunk, count in counts.items() if count >= MIN_CHUNK_COUNT)
    )
    known = set(chunks)
    return LetterDataset(
        chunks,
        tuple(word for word in aligned if known.issuperset(word.chunks)),
        tuple(sorted(word for word in words if is_held_out(word))),
    )
