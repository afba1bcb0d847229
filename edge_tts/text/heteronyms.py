"""Chooses between pronunciations of one spelling by the words around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge_tts.text.phonemes import VOWELS
from edge_tts.text.spoken import SpokenWord

Phonemes = tuple[str, ...]


def choose(
    words: Sequence[SpokenWord | None],
    index: int,
    isolated: Callable[[str], Phonemes],
) -> Phonemes | None:
    """Phonemes of a word whose sound depends on its neighbours, else None."""
    word = words[index]
    assert word is not None
    following = words[index + 1] if index + 1 < len(words) else None
    if word.text == "the":
        if following is not None and not following.spelled:
            sound = isolated(following.text)
            if sound and sound[0][:2] in VOWELS:
                return ("DH", "IY0")
        return ("DH", "AH0")
    return None
