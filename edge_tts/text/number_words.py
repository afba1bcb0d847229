"""Numbers as English words; knows nothing of how they were written."""

from __future__ import annotations

from typing import Final

from edge_tts.text.word_list import word_list

DIGITS: Final = word_list("zero one two three four five six seven eight nine")
_SMALL: Final = (
    *DIGITS,
    *word_list(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
        "nineteen"
    ),
)
_TENS: Final = word_list("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
_SCALES: Final = (
    (10**15, "quadrillion"),
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (1000, "thousand"),
)
MAX_CARDINAL: Final = 10**18 - 1
"""Largest number with a name here; longer ones are read digit by digit."""
_IRREGULAR_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(number: int) -> list[str]:
    """Words of ``number``, 0 to ``MAX_CARDINAL``, the American way (no "and")."""
    if number < 20:
        return [_SMALL[number]]
    if number < 100:
        tens, ones = divmod(number, 10)
        return [_TENS[tens], *([_SMALL[ones]] if ones else [])]
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return [_SMALL[hundreds], "hundred", *(cardinal(rest) if rest else [])]
    for value, name in _SCALES:
        if number >= value:
            count, rest = divmod(number, value)
            return [*cardinal(count), name, *(cardinal(rest) if rest else [])]
    raise AssertionError("unreachable")


def ordinal(number: int) -> list[str]:
    """Words of the ordinal of ``number``: 21 -> twenty first."""
    words = cardinal(number)
    words[-1] = ordinal_word(words[-1])
    return words


def ordinal_word(word: str) -> str:
    """Ordinal of one number word: twenty -> twentieth."""
    if word in _IRREGULAR_ORDINALS:
        return _IRREGULAR_ORDINALS[word]
    return word[:-1] + "ieth" if word.endswith("y") else word + "th"


def year(number: int) -> list[str]:
    """Words of a year: 1905 -> nineteen oh five, 2007 -> two thousand seven."""
    century, rest = divmod(number, 100)
    if not 1000 <= number <= 9999 or 2000 <= number < 2010 or number % 1000 == 0:
        return cardinal(number)
    if rest == 0:
        return [*cardinal(century), "hundred"]
    if rest < 10:
        return [*cardinal(century), "oh", DIGITS[rest]]
    return [*cardinal(century), *cardinal(rest)]


def digits(text: str) -> list[str]:
    """One word for each ASCII digit of ``text``; other characters are left out."""
    return [DIGITS[int(digit)] for digit in text if "0" <= digit <= "9"]
