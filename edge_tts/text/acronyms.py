"""Decides how words in capitals are read, and says so in words and letters."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.acronym_table import SHORT_WORDS, SPECIAL, SPELLED, SPOKEN_AS_WORDS
from edge_tts.text.letters import spell
from edge_tts.text.morphology import with_plural
from edge_tts.text.spoken import SpokenWord, plain

_MIXED: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_INFLECTED: Final = re.compile(r"([A-Z]{2,6})('s|s|'S|')")
_EASY: Final = re.compile(
    r"(?:[^AEIOUY]?[AEIOU]){2,3}[^AEIOUY]?|[^AEIOUY][AEIOU]{1,2}[^AEIOUY]{1,2}"
)
MAX_SPELLED: Final = 5
"""Longer capitals are read as words if they hold a vowel."""


def capital_words(written: str, *, shouting: bool) -> tuple[SpokenWord, ...] | None:
    """Words of a token with capitals beyond its first letter, or None if ordinary.

    Args:
        written: Letters and apostrophes.
        shouting: Whether the whole sentence is in capitals.
    """
    key = written.lower()
    if key in SPECIAL:
        return plain(_special(SPECIAL[key]))
    if written.isupper() and "'" not in written:
        return _upper(written, shouting=shouting)
    inflected = _INFLECTED.fullmatch(written)
    if inflected and not shouting:
        stem = _upper(inflected[1], shouting=False)
        if stem is not None and stem[0].spelled:
            letters = inflected[1].lower()
            if inflected[2] == "'":
                return stem
            return (SpokenWord(letters, phonemes=with_plural(spell(letters))),)
    return None


def mixed_case_parts(written: str) -> list[str]:
    """Parts of a word such as camelCase, HTTPServer or YouTube."""
    return _MIXED.findall(written)


def _upper(written: str, *, shouting: bool) -> tuple[SpokenWord, ...] | None:
    key = written.lower()
    if len(written) == 1:
        return None if key in "ai" else (SpokenWord(key, True, capital=True),)
    if key in SPOKEN_AS_WORDS:
        return None
    if shouting:
        return None if key in SHORT_WORDS or len(key) > 3 else _spelled(key)
    if key in SPELLED:
        return _spelled(key)
    if key in SHORT_WORDS:
        return None
    if len(written) <= MAX_SPELLED and (
        len(written) <= 3 or not _EASY.fullmatch(written)
    ):
        return _spelled(key)
    return None


def _spelled(key: str) -> tuple[SpokenWord, ...]:
    return (SpokenWord(key, True, capital=True),)


def _special(text: str) -> list[str]:
    """ "S Q L." is one row of letters; "M. peg" is a letter and a word."""
    if text.endswith(".") and all(len(p.rstrip(".")) == 1 for p in text.split()):
        return [text.replace(" ", "").rstrip(".").lower() + "."]
    return text.lower().split()
