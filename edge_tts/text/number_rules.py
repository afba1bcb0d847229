"""Rules for plain numbers: signs, fractions, ranges, ordinals, decades, versions."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.number_words import cardinal, digits, ordinal
from edge_tts.text.quantities import (
    INTEGER,
    NUMBER,
    code_words,
    fraction_words,
    integer_words,
    number_words,
    plain_number_words,
    scale_word,
)
from edge_tts.text.rule import Rule

_SIGNS: Final = {"-": "minus", "+": "plus", "\u00b1": "plus or minus", "~": "about"}
_SIGNS_WORDS: Final = {sign: words.split() for sign, words in _SIGNS.items()}


def _starts_word(match: re.Match[str]) -> bool:
    before = match.string[match.start() - 1 : match.start()] if match.start() else ""
    return not before or not (before.isalnum() or before in ".,)-\u2013/_")


def _signed(match: re.Match[str]) -> list[str] | None:
    if not _starts_word(match):
        return None
    return [*_SIGNS_WORDS[match[1]], *plain_number_words(match[2])]


def _ordinal(match: re.Match[str]) -> list[str]:
    return ordinal(int(match[1].replace(",", "")))


def _fraction(match: re.Match[str]) -> list[str] | None:
    numerator, denominator = int(match["above"]), int(match["below"])
    whole = match["whole"]
    if not whole and match[0] in ("24/7", "9/11", "7/11"):
        return [*cardinal(numerator), *cardinal(denominator)]
    if not denominator or (whole and numerator >= denominator):
        return None
    words = fraction_words(numerator, denominator)
    if not whole:
        return words
    if numerator == 1:
        words[0] = "a"
    return [*integer_words(whole), "and", *words]


def _range(match: re.Match[str]) -> list[str] | None:
    if not _starts_word(match):
        return None
    first, second = match[1], match[2]
    if len(first) == 4 and len(second) == 2 and first.isdigit():
        return [*plain_number_words(first), "to", *code_words(second)]
    return [*plain_number_words(first), "to", *plain_number_words(second)]


def _version(match: re.Match[str]) -> list[str]:
    parts = match[0].split(".")
    middle = "dot" if len(parts) == 4 else "point"
    words = integer_words(parts[0])
    for part in parts[1:]:
        words += [middle, *integer_words(part)]
    return words


def _digit_groups(match: re.Match[str]) -> list[str] | None:
    if not _starts_word(match):
        return None
    words = ["plus"] if match[0][0] == "+" else []
    return words + digits(match[0])


def _size(match: re.Match[str]) -> list[str]:
    words: list[str] = []
    for part in re.split(r" ?[x\u00d7] ?", match[0]):
        short = part.isdigit() and len(part) == 4
        words += ["by", *(code_words(part) if short else number_words(part))]
    return words[1:]


def _spaced(match: re.Match[str]) -> list[str]:
    return integer_words(match[0].replace(" ", ""))


def _scaled(match: re.Match[str]) -> list[str]:
    return [*number_words(match[1]), scale_word(match[2])]


def _power(match: re.Match[str]) -> list[str]:
    base, exponent = match[1], match[2]
    sign = ["minus"] if exponent[0] == "-" else []
    if match[0][len(base)] in "eE":
        base_words = [*number_words(base), "times", "ten"]
    else:
        base_words = number_words(base)
    return [
        *base_words,
        "to",
        "the",
        "power",
        "of",
        *sign,
        *integer_words(exponent.lstrip("+-")),
    ]


def _long(match: re.Match[str]) -> list[str]:
    return digits(match[0])


def _number(match: re.Match[str]) -> list[str] | None:
    start = match.start()
    if start and match.string[start - 1].isdigit():
        return digits(match[0])
    if start and match.string[start - 1].isalpha() and match[0].isdigit():
        return code_words(match[0])
    return plain_number_words(match[0])


NUMBER_RULES: Final[tuple[Rule, ...]] = (
    Rule(r"\d{1,4}(?:\.\d{1,4}){2,7}(?![\w.]*\d)", _version),
    # Telephone numbers, cards, identifiers: groups of digits.
    Rule(r"\+\d{1,3}(?:[ -.]?\(?\d{1,5}\)?){2,6}(?!\d)", _digit_groups),
    Rule(r"\(\d{3}\) ?\d{3}[- .]\d{4}(?!\d)", _digit_groups),
    Rule(r"(?:1-)?\d{3}[-.]\d{3}[-.]\d{4}(?!\d)", _digit_groups),
    Rule(r"\d{3}-\d{4}(?![\d-])", _digit_groups),
    Rule(r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\d)", _digit_groups),
    Rule(r"\d{2,5}(?:-\d{2,5}){2,5}(?![\d-])", _digit_groups),
    Rule(r"\d{1,7}(?:-\d{1,7}){3,6}(?![\d-])", _digit_groups),
    Rule(r"\d{1,3}(?: \d{3}){2,5}(?![\d.,]*\d)", _spaced),
    Rule(rf"({NUMBER}) ?(bn|mn|tn)\b", _scaled),
    Rule(rf"({INTEGER})(?:st|nd|rd|th)\b", _ordinal),
    Rule(
        r"(?:(?P<whole>\d{1,6}) )?(?P<above>\d{1,4}) ?[/\u2044] ?(?P<below>\d{1,4})"
        r"(?![\d/\u2044])",
        _fraction,
    ),
    Rule(rf"({NUMBER})(?: ?[x\u00d7] ?{NUMBER}){{1,3}}(?!\w)", _size),
    Rule(rf"({NUMBER})[eE^]([-+]?\d{{1,4}})(?!\w)", _power),
    Rule(rf"([-+~\u00b1]) ?({NUMBER})", _signed),
    Rule(rf"({NUMBER})(?:-|\u2013| \u2013 )({NUMBER})(?![-\u2013\w])", _range),
    Rule(NUMBER, _number),
    Rule(r"\.\d{1,18}(?!\d)", lambda match: number_words(match[0])),
    # What is left is longer than any name: digit by digit, in bounded items.
    Rule(r"\d{1,12}", _long),
)
