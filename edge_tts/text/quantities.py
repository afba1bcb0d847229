"""Written numbers as words: separators, decimals, signs, fractions."""

from __future__ import annotations

from typing import Final

from edge_tts.text.number_words import (
    MAX_CARDINAL,
    cardinal,
    digits,
    ordinal_word,
    year,
)

INTEGER: Final = r"(?:\d{1,3}(?:,\d{3})+(?![\d,]*\d)|\d{1,18}(?!\d))"
"""Pattern of a whole number; longer rows of digits are read one by one."""
NUMBER: Final = INTEGER + r"(?:\.\d{1,18}(?![\d.]*\d))?"
"""Pattern of a whole number or decimal."""
FIRST_YEAR: Final = 1100
LAST_YEAR: Final = 2099
_SCALE_WORDS: Final = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "mm": "million",
    "b": "billion",
    "bn": "billion",
    "t": "trillion",
    "tn": "trillion",
}


def integer_words(written: str) -> list[str]:
    """Words of a whole number, with or without separators."""
    value = written.replace(",", "")
    if len(value) > 1 and value[0] == "0":
        return digits(value)
    if len(value) > 18 or int(value) > MAX_CARDINAL:
        return digits(value)
    return cardinal(int(value))


def number_words(written: str) -> list[str]:
    """Words of a whole number or decimal."""
    whole, _, fraction = written.partition(".")
    words = integer_words(whole) if whole else []
    if fraction:
        words += ["point", *digits(fraction)]
    return words


def plain_number_words(written: str) -> list[str]:
    """The same for a number that stands alone, which may be a year."""
    if len(written) == 4 and written.isdigit() and is_year(int(written)):
        return year(int(written))
    if len(written) > 12 and written.isdigit():
        return digits(written)
    return number_words(written)


def is_year(value: int) -> bool:
    """Whether a four-digit number reads as a year."""
    return FIRST_YEAR <= value <= LAST_YEAR


def code_words(written: str) -> list[str]:
    """Digits beside letters, as in A380 or x86: in pairs, or one by one."""
    if written[0] == "0" or len(written) > 4:
        return digits(written)
    value = int(written)
    if value < 100:
        return cardinal(value)
    head, tail = divmod(value, 100)
    if tail == 0:
        return cardinal(value) if value % 1000 == 0 else [*cardinal(head), "hundred"]
    return [*cardinal(head), *(["oh"] if tail < 10 else []), *cardinal(tail)]


def scale_word(written: str) -> str:
    """Word of a scale such as ``bn``; words stay as they are."""
    return _SCALE_WORDS.get(written.lower(), written.lower())


def fraction_words(numerator: int, denominator: int) -> list[str]:
    """Words of a fraction: 3/4 -> three quarters, 5/128 -> five over ..."""
    if denominator == 2:
        return [*cardinal(numerator), "half" if numerator == 1 else "halves"]
    if denominator == 4:
        return [*cardinal(numerator), "quarter" if numerator == 1 else "quarters"]
    if 2 < denominator <= 100 and numerator <= 100:
        below = cardinal(denominator)
        below[-1] = ordinal_word(below[-1]) + ("" if numerator == 1 else "s")
        return [*cardinal(numerator), *below]
    return [*cardinal(numerator), "over", *cardinal(denominator)]


def is_singular(written: str) -> bool:
    """Whether a unit after this number is singular."""
    return written == "1"
