"""Abbreviations with a full stop: what each stands for here."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.abbreviation_table import (
    DOTTED,
    MONTHS,
    NUMBERED,
    PLAIN,
    STREETS,
    TITLES,
    WEEKDAYS,
)
from edge_tts.text.spoken import Item, SpokenWord, plain
from edge_tts.text.word_list import word_set

_INITIALS: Final = re.compile(r"[^\W\d_]\.(?:[^\W\d_]\.){0,12}(?:[^\W\d_]{1,12}\b)?\.?")
_DEGREE: Final = re.compile(r"Ph\.? ?D\b(?:\.(?=.*\w))?")
_CLOSERS: Final = " \"')]}*_"
_NUMBER_AHEAD: Final = re.compile(r"\. *[\d#IVXLC]")
_NAME_AHEAD: Final = re.compile(r"\.? +['\"(]*[A-Z]")
_NAME_BEHIND: Final = re.compile(r"([^\W\d_]+|\d+(?:st|nd|rd|th)) +$")
_NOT_STREETS: Final = word_set(
    "mount fort port lake cape the at in of near to from visit on by and mr mrs"
)


def abbreviation_item(text: str, position: int, end: int) -> Item | None:
    """The item of the word ``text[position:end]``, which a full stop follows, or None.

    The stop stays outside where it also ends the sentence.
    """
    written = text[position:end]
    key = written.lower()
    degree = _DEGREE.match(text, position)
    if degree is not None:
        return Item(position, degree.end(), plain(["phd."]))
    if end - position == 1 and not (key == "p" and _NUMBER_AHEAD.match(text, end)):
        return _initials(text, position)
    words = _words(text, position, end, key)
    if words is None:
        return _initials(text, position) if text[end + 1 : end + 2].isalpha() else None
    last = _is_last(text, end + 1)
    return Item(position, end if last else end + 1, plain(words))


def _words(text: str, position: int, end: int, key: str) -> list[str] | None:
    if key in STREETS and _is_street(text, position, end):
        return [STREETS[key]]
    if key in TITLES:
        known = key not in ("gen", "sen", "rep", "pres", "fr", "st", "ft", "hon", "col")
        if known or (text[position].isupper() and _NAME_AHEAD.match(text, end)):
            return [TITLES[key]]
        return ["feet"] if key == "ft" else None
    if key in NUMBERED:
        return [NUMBERED[key]] if _NUMBER_AHEAD.match(text, end) else None
    if key in MONTHS and text[position].isupper():
        return [MONTHS[key]] if key != "mar" or _NUMBER_AHEAD.match(text, end) else None
    if key in WEEKDAYS and text[position].isupper():
        unsure = key in ("sat", "sun", "wed") and _is_last(text, end + 1)
        return None if unsure else [WEEKDAYS[key]]
    found = PLAIN.get(key)
    return found.split() if found else None


def _is_street(text: str, position: int, end: int) -> bool:
    found = _NAME_BEHIND.search(text, max(0, position - 32), position)
    if found is None or not (found[1][0].isupper() or found[1][0].isdigit()):
        return False
    if found[1].lower() in _NOT_STREETS:
        return False
    if not _NAME_AHEAD.match(text, end):
        return True
    # "221 Baker St. London", but "Old St. Paul's".
    return bool(re.search(r"\d+\w? +$", text[: found.start()]))


def _is_last(text: str, position: int) -> bool:
    return not text[position:].strip(_CLOSERS) if len(text) - position < 8 else False


def _initials(text: str, position: int) -> Item | None:
    found = _INITIALS.match(text, position)
    if found is None:
        return None
    written = found[0]
    letters = written.rstrip(".").lower()
    last = written[-1] == "." and _is_last(text, found.end())
    end = found.end() - (1 if last else 0)
    if letters in DOTTED:
        return Item(position, end, plain(DOTTED[letters]))
    parts = letters.split(".")
    if any(len(part) > 1 for part in parts):
        return None
    if len(parts) == 1 and (last or not text[position].isupper()):
        return None
    word = SpokenWord("".join(parts), True, capital=True)
    return Item(position, end, (word,))
