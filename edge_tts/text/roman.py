"""Roman numerals: their value, and whether the words around make them numerals."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.number_words import cardinal, ordinal
from edge_tts.text.word_list import word_set

_NUMERAL: Final = re.compile(
    r"(?=[MDCLXVI])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
)
_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_PREVIOUS: Final = re.compile(r"([^\W\d_]+)\.?['\"]? +$")
_FOLLOWING: Final = re.compile(r" +([^\W\d_]+)")
_ORDERED: Final = word_set("century centuries dynasty amendment legion corps olympiad")
_COUNTED: Final = word_set(
    "chapter chapters book books part parts act acts scene scenes volume volumes "
    "section sections article articles title appendix figure table war phase type "
    "level stage canto psalm lesson grade class mark number page vol no chap ch sec "
    "fig art pt stanza verse letter plate episode season round game unit step "
    "category tier division group apollo saturn bowl legion schedule annex century"
)
_RULERS: Final = word_set(
    "louis henry george edward charles james william richard john paul pius "
    "benedict elizabeth mary catherine philip peter nicholas alexander frederick "
    "napoleon ferdinand gustav otto ptolemy ramses leo gregory innocent urban "
    "clement julius alfonso francis joseph leopold victor constantine ivan "
    "robert david haakon christian olav carl karl wilhelm xerxes darius sixtus "
    "boniface celestine adrian martin eugene stephen anne margaret baldwin casimir "
    "sigismund umberto emmanuel amadeus cosimo rudolf maximilian kamehameha rama "
    "ludwig theodosius justinian thutmose amenhotep seti cleopatra haakon felipe "
    "carlos juan isabella wenceslaus"
)
_AMBIGUOUS: Final = word_set("I V X C D L M MIX DI CD DC MD MC MI CV LI XL DIM CIVIL")


def roman_value(written: str) -> int:
    """Value of an upper-case numeral, 0 if it is none."""
    if not _NUMERAL.fullmatch(written):
        return 0
    total = 0
    for letter, following in zip(written, written[1:] + "I", strict=True):
        value = _VALUES[letter]
        total += -value if value < _VALUES[following] else value
    return total


def roman_words(text: str, start: int, end: int) -> list[str] | None:
    """Words of the numeral ``text[start:end]``, or None if it is a word or letters."""
    written = text[start:end]
    value = roman_value(written.upper())
    if not value or value > 3999:
        return None
    found = _PREVIOUS.search(text, max(0, start - 24), start)
    previous = found[1] if found else ""
    key = previous.lower()
    if key in _COUNTED:
        return cardinal(value) if written.isupper() or len(written) > 1 else None
    if not written.isupper():
        return None
    if key in _RULERS and previous[0].isupper():
        behind = text[end : end + 2]
        if written == "I" and behind[:1] not in ("", ",", ".", ";", "'", ")"):
            following = text[end:].lstrip()[:1]
            return ["the", "first"] if not following.islower() else None
        return ["the", *ordinal(value)]
    behind_word = _FOLLOWING.match(text, end)
    if behind_word and behind_word[1].lower() in _ORDERED:
        return ordinal(value)
    first = not text[:start].strip("([ ") and text[end : end + 1] in (".", ")")
    if first and text[end + 1 :].strip():
        return cardinal(value)
    alone = not text[:start].strip() and text[end:].strip() in ("", ".", ":")
    if alone and len(text.strip()) > 1:
        return cardinal(value)
    plausible = len(written) > 1 and written not in _AMBIGUOUS and value < 90
    if plausible and previous[:1].isupper():
        return cardinal(value)
    return None
