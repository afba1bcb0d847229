"""Rules for what starts with a digit or a sign."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge_tts.text.number_words import MAX_CARDINAL, cardinal, digits, ordinal, year
from edge_tts.text.spoken import SpokenWord, plain

Expand = Callable[[re.Match[str]], "tuple[SpokenWord, ...] | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and the words it stands for; None declines."""

    pattern: re.Pattern[str]
    expand: Expand


def count_words(written: str) -> list[str]:
    """Words of a whole number that may have thousands separators."""
    value = written.replace(",", "")
    if (len(value) > 1 and value[0] == "0") or int(value[:20]) > MAX_CARDINAL:
        return digits(value)
    return cardinal(int(value))


def _number(match: re.Match[str]) -> tuple[SpokenWord, ...]:
    whole, fraction = match["whole"], match["fraction"]
    if fraction:
        return plain([*count_words(whole), "point", *digits(fraction)])
    if len(whole) == 4 and whole.isdigit() and (1100 <= int(whole) < 2100):
        return plain(year(int(whole)))
    return plain(count_words(whole))


def _ordinal(match: re.Match[str]) -> tuple[SpokenWord, ...]:
    return plain(ordinal(int(match[1].replace(",", ""))))


NUMBER_RULES: Final = (
    Rule(re.compile(r"(\d{1,15}(?:,\d{3})*)(?:st|nd|rd|th)\b"), _ordinal),
    Rule(
        re.compile(
            r"(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.(?P<fraction>\d{1,18}))?"
        ),
        _number,
    ),
)
