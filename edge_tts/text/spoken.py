"""What the normaliser hands to the pronouncer: words to say and pauses to make."""

from __future__ import annotations

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
    pause: str = ""
    """Pause symbol, or empty."""
    written: str = field(default="", compare=False)
    """The clean text of the unit; decides questions of capitals."""


def plain(words: list[str]) -> tuple[SpokenWord, ...]:
    """Wrap ordinary words."""
    return tuple([SpokenWord(word) for word in words])
