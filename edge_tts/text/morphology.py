"""Pronounces regular derivatives and compounds of known words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Phonemes = tuple[str, ...]
Lookup = Callable[[str], "Phonemes | None"]

_SIBILANTS: Final = frozenset(["S", "Z", "SH", "ZH", "CH", "JH"])
_VOICELESS: Final = frozenset(["P", "T", "K", "F", "TH", "S", "SH", "CH"])
_SUFFIXES: Final = (
    ("ing", "IH0 NG"),
    ("in'", "IH0 N"),
    ("ings", "IH0 NG Z"),
    ("ers", "ER0 Z"),
    ("ness", "N AH0 S"),
    ("less", "L AH0 S"),
    ("ful", "F AH0 L"),
    ("ment", "M AH0 N T"),
    ("ments", "M AH0 N T S"),
    ("like", "L AY2 K"),
    ("hood", "HH UH2 D"),
)
"""Only those that, on held-out words, do better than the letter-to-sound network."""
_PREFIXES: Final = (
    ("over", "OW2 V ER0"),
    ("under", "AH2 N D ER0"),
    ("out", "AW2 T"),
)
MIN_STEM: Final = 3
"""Letters of a stem; shorter ones fit by accident."""
MIN_PART: Final = 5
"""Letters of either part of a compound; names are full of shorter accidents."""
MAX_LETTERS: Final = 40


def derive(word: str, lookup: Lookup) -> Phonemes | None:
    """Phonemes of ``word`` by way of words that ``lookup`` knows, or None."""
    if len(word) > MAX_LETTERS:
        return None
    return (
        _plural(word, lookup)
        or _past(word, lookup)
        or _suffixed(word, lookup)
        or _prefixed(word, lookup)
        or _compound(word, lookup)
    )


def with_plural(stem: Phonemes) -> Phonemes:
    """Add the plural or possessive ending."""
    if stem[-1] in _SIBILANTS:
        return (*stem, "IH0", "Z")
    return (*stem, "S" if stem[-1] in _VOICELESS else "Z")


def with_past(stem: Phonemes) -> Phonemes:
    """Add the ending -ed."""
    if stem[-1] in ("T", "D"):
        return (*stem, "IH0", "D")
    return (*stem, "T" if stem[-1] in _VOICELESS else "D")


def _first(lookup: Lookup, *candidates: str) -> Phonemes | None:
    for candidate in candidates:
        if len(candidate) >= MIN_STEM:
            found = lookup(candidate)
            if found:
                return found
    return None


def _plural(word: str, lookup: Lookup) -> Phonemes | None:
    if word.endswith("'"):
        return _first(lookup, word[:-1])
    for suffix in ("'s", "s"):
        if not word.endswith(suffix) or word.endswith("ss"):
            continue
        stem = word[: -len(suffix)]
        candidates = [stem]
        if suffix == "s" and stem.endswith("ie"):
            candidates.append(stem[:-2] + "y")
        if suffix == "s" and stem.endswith("e") and stem[-2:-1] in "sxzho":
            candidates.append(stem[:-1])
        found = _first(lookup, *candidates)
        if found:
            return with_plural(found)
    return None


def _past(word: str, lookup: Lookup) -> Phonemes | None:
    if not word.endswith("ed"):
        return None
    candidates = [word[:-2], word[:-1]]
    if word[-3:-2] == word[-4:-3]:
        candidates.append(word[:-3])
    if word.endswith("ied"):
        candidates.append(word[:-3] + "y")
    found = _first(lookup, *candidates)
    return with_past(found) if found else None


def _suffixed(word: str, lookup: Lookup) -> Phonemes | None:
    for suffix, phonemes in _SUFFIXES:
        if not word.endswith(suffix):
            continue
        stem = word[: -len(suffix)]
        candidates = [stem, stem + "e"]
        if stem[-1:] == stem[-2:-1]:
            candidates.append(stem[:-1])
        if stem.endswith("i"):
            candidates.append(stem[:-1] + "y")
        found = _first(lookup, *candidates)
        if found:
            return (*found, *phonemes.split())
    return None


def _prefixed(word: str, lookup: Lookup) -> Phonemes | None:
    for prefix, phonemes in _PREFIXES:
        if word.startswith(prefix):
            found = _first(lookup, word[len(prefix) :])
            if found:
                return (*phonemes.split(), *found)
    return None


def _compound(word: str, lookup: Lookup) -> Phonemes | None:
    for cut in range(len(word) - MIN_PART, MIN_PART - 1, -1):
        second = lookup(word[cut:])
        if second is None:
            continue
        first = lookup(word[:cut])
        if first is not None:
            return (*first, *(phoneme.replace("1", "2") for phoneme in second))
    return None
