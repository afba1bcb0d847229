"""Reads text whose kind the author has named: SSML's ``say-as``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from edge_tts.text.calendar_rules import MONTH_NAMES, clock_words
from edge_tts.text.number_words import (
    DIGITS,
    MAX_CARDINAL,
    cardinal,
    digits,
    ordinal,
    year,
)
from edge_tts.text.roman import roman_value
from edge_tts.text.spoken import SpokenWord, plain
from edge_tts.text.symbol_names import spelled
from edge_tts.text.word_list import word_set

_NUMBER: Final = re.compile(r"([+\-\u2212]?)(\d[\d,\u00a0 ]*)(?:\.(\d+))?")
_ORDINAL: Final = re.compile(r"(\d[\d,]*)(?:st|nd|rd|th|\.)?", re.IGNORECASE)
_GROUPS: Final = re.compile(r"\d+")
_DATE_FORMATS: Final = word_set("mdy dmy ymd ydm md dm ym my y m d")
_CLOCK: Final = re.compile(
    r"(\d{1,2})[:.]?(\d{2})?(?:[:.](\d{2}))?\s*([ap]\.?m\.?)?", re.IGNORECASE
)
_DURATION: Final = re.compile(r"(?:(\d+)['\u2032])?(?:(\d+)(?:\"|\u2033|''))?")


def say_as_words(kind: str, text: str) -> tuple[SpokenWord, ...] | None:
    """Words of ``text`` read as ``kind``; None to read it as it is written.

    Args:
        kind: ``interpret-as``, behind a colon the ``format``: ``date:dmy``.
        text: What is written.
    """
    name, _, detail = kind.partition(":")
    reader = _READERS.get(name)
    return reader(text.strip(), detail) if reader is not None else None


def is_known(kind: str) -> bool:
    """Whether ``interpret-as`` is a kind that is read, by a rule or as written."""
    return kind in _READERS or kind in _AS_WRITTEN


def _characters(text: str, detail: str) -> tuple[SpokenWord, ...] | None:
    return spelled(text) or None


def _digits(text: str, detail: str) -> tuple[SpokenWord, ...] | None:
    return spelled("".join(re.findall(r"[^\W_]", text))) or None


def _telephone(text: str, detail: str) -> tuple[SpokenWord, ...] | None:
    words = _digits(text, detail)
    if words is not None and text.startswith("+"):
        return (SpokenWord("plus"), *words)
    return words


def _cardinal(text: str, detail: str) -> tuple[SpokenWord, ...] | None:
    roman = roman_value(text.upper()) if text.isalpha() else 0
    found = _NUMBER.fullmatch(text)
    if roman:
        return plain(cardinal(roman))
    if found is None:
        return None
    whole = re.sub(r"\D", "", found[2])
    value = int(whole[:20])
    small = value <= MAX_CARDINAL and len(whole) <= 20
    words = cardinal(value) if small else digits(whole)
    sign = {"-": ["minus"], "\u2212": ["minus"], "+": ["plus"]}.get(found[1], [])
    tail = ["point", *digits(found[3])] if found[3] else []
    return plain([*sign, *words, *tail])


def _ordinal(text: str, detail: str) -> tuple[SpokenWord, ...] | None:
    found = _ORDINAL.fullmatch(text)
    value = roman_value(text.upper()) if text.isalpha() else 0
    if found is not None:
        whole = found[1].replace(",", "")
        value = int(whole) if len(whole) <= 18 else 0
    return plain(ordinal(value)) if value else None


def _date(text: str, detail: str) -> tuple[SpokenWord, ...] | None:
    groups = _GROUPS.findall(text)
    if detail not in _DATE_FORMATS:
        # Dates with the names of months, and those whose order is plain to see.
        return None
    if len(groups) == 1 and len(detail) > 1 and len(groups[0]) == 8:
        groups = _cut(groups[0], detail)
    if len(groups) != len(detail) or re.search(r"[^\W\d_]", text):
        return None
    part = dict(zip(detail, groups, strict=True))
    month, day = int(part.get("m", "1")[:4]), int(part.get("d", "1")[:4])
    if not (1 <= month <= 12 and 1 <= day <= 31) or len(part.get("y", "")) > 4:
        return None
    words = [MONTH_NAMES[month - 1]] if "m" in part else []
    words += ordinal(day) if "d" in part else []
    if "y" in part:
        words += _year(part["y"])
    return plain(words)


def _year(written: str) -> list[str]:
    value = int(written)
    if len(written) == 2:
        return ["oh", DIGITS[value]] if value < 10 else cardinal(value)
    return year(value)


def _cut(run: str, detail: str) -> list[str]:
    parts = []
    for letter in detail:
        size = 4 if letter == "y" else 2
        parts.append(run[:size])
        run = run[size:]
    return [part for part in parts if part]


def _time(text: str, detail: str) -> tuple[SpokenWord, ...] | None:
    found = _CLOCK.fullmatch(text)
    if found is None or (not found[2] and not found[4]):
        return _duration(text)
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 24 or minute > 59:
        return None
    half = found[4]
    words = cardinal(hour) if half and not minute else clock_words(hour, minute)
    if found[3]:
        words = [*words, "and", *cardinal(int(found[3])), "seconds"]
    if half:
        words = [*words, half[0].lower() + "m."]
    return plain(words)


def _duration(text: str) -> tuple[SpokenWord, ...] | None:
    found = _DURATION.fullmatch(text)
    if found is None or not text:
        return None
    words: list[str] = []
    for value, name in ((found[1], "minute"), (found[2], "second")):
        if value is not None and len(value) <= 9:
            one = int(value) == 1
            words += [*cardinal(int(value)), name if one else name + "s"]
    return plain(words) if words else None


_READERS: Final[dict[str, Callable[[str, str], tuple[SpokenWord, ...] | None]]] = {
    "characters": _characters,
    "spell-out": _characters,
    "verbatim": _characters,
    "letters": _characters,
    "digits": _digits,
    "telephone": _telephone,
    "cardinal": _cardinal,
    "number": _cardinal,
    "ordinal": _ordinal,
    "date": _date,
    "time": _time,
}
_AS_WRITTEN: Final = frozenset({"currency", "money", "fraction", "unit", "address"})
"""Kinds that the rules for running text read well."""
