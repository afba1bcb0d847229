"""What the normaliser hands to the pronouncer: words to say and pauses to make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class SpokenWord(NamedTuple):
    """One word to say."""

    text: str
    """Lower-case word; letters to be named where ``spelled``."""
    spelled: bool = False
    """Whether to name the letters."""
    phonemes: tuple[str, ...] = ()
    """Given pronunciation, with stress digits; wins over ``text``."""
    capital: bool = False
    """Whether it is written with a capital first letter."""


@dataclass(frozen=True, slots=True)
class Item:
    """One written unit: what to say for it, or the pause it asks for."""

    start: int
    """Offset in the clean text."""
    end: int
    words: tuple[SpokenWord, ...] = ()
    pause: str = field(default="")
    """Pause symbol, or empty."""


def plain(words: Iterable[str]) -> tuple[SpokenWord, ...]:
    """Wrap words of a rule; one that ends with "." is spelled."""
    return tuple(
        [
            SpokenWord(word[:-1], True) if word[-1] == "." else SpokenWord(word)
            for word in words
        ]
    )
