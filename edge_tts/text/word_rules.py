"""Rules for what starts with a letter, an apostrophe or the sign of a tag."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.abbreviation_rules import abbreviation_item
from edge_tts.text.abbreviation_table import BARE
from edge_tts.text.acronyms import capital_words
from edge_tts.text.foreign_letters import transliterate
from edge_tts.text.roman import roman_words
from edge_tts.text.spoken import Item, SpokenWord, plain

MAX_WORD: Final = 64
"""Letters that are pronounced together; what follows is the next word."""
_WORD: Final = re.compile(r"'?[^\W\d_]+(?:'[^\W\d_]+)*")
_SPACE: Final = re.compile(r"\s")
_PLAIN_ENDS: Final = frozenset(' ,;!?")\n')
_ADDRESS_SIGNS: Final = frozenset("@/\\_.:&+#-0123456789")
_MONTH_START: Final = re.compile(r"(?:[JFMASOND][a-z]{2,8}\.?),? \d")
_CURRENCY_START: Final = re.compile(r"[A-Z]{1,3}\$?\s?\d|(?:US|A|C|NZ|HK)\$")
_INNER_CAPITAL: Final = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]")
_ROMAN: Final = frozenset("IVXLCDMivxlcdm")


def word_item(text: str, position: int, *, shouting: bool) -> Item:
    """The item that starts with the letter or apostrophe at ``position``.

    Args:
        text: Clean text of the utterance.
        position: Offset in it.
        shouting: Whether the whole utterance is in capitals.
    """
    found = _WORD.match(text, position, position + 4 * MAX_WORD)
    if found is None:
        return Item(position, position + 1)
    end = found.end()
    if end - position > MAX_WORD:
        end = position + MAX_WORD
        return Item(position, end, (SpokenWord(_letters(text[position:end])),))
    following = text[end : end + 1]
    written = found[0]
    if following and following not in _PLAIN_ENDS and _at_word_start(text, position):
        item = _unusual(text, position, end, following)
        if item is not None:
            return item
    if following == " ":
        item = _with_number(text, position)
        if item is not None:
            return item
    return Item(position, end, _read(text, position, end, written, shouting=shouting))


def _unusual(text: str, position: int, end: int, following: str) -> Item | None:
    if following in _ADDRESS_SIGNS:
        # Imported by need, as below: most sentences hold nothing of the kind.
        from edge_tts.text.address_rules import address_item

        space = _SPACE.search(text, end)
        item = address_item(text, position, space.start() if space else len(text))
        if item is not None:
            return item
    if following == ".":
        return _with_number(text, position) or abbreviation_item(text, position, end)
    if following == "$" or following.isdigit():
        return _with_number(text, position)
    return None


def _with_number(text: str, position: int) -> Item | None:
    if _MONTH_START.match(text, position):
        from edge_tts.text.calendar_rules import MONTH_RULES

        for rule in MONTH_RULES:
            found = rule.pattern.match(text, position)
            words = rule.expand(found) if found else None
            if found and words:
                return Item(position, found.end(), plain(words))
    if _CURRENCY_START.match(text, position):
        from edge_tts.text.measure_rules import CURRENCY_RULE

        found = CURRENCY_RULE.pattern.match(text, position)
        words = CURRENCY_RULE.expand(found) if found else None
        if found and words:
            return Item(position, found.end(), plain(words))
    return None


def _read(
    text: str, position: int, end: int, written: str, *, shouting: bool
) -> tuple[SpokenWord, ...]:
    if not written.isascii():
        word = transliterate(written)
        return (SpokenWord(word),) if word else ()
    if _ROMAN.issuperset(written):
        numeral = roman_words(text, position, end)
        if numeral is not None:
            return plain(numeral)
    if len(written) == 1:
        return _letter(text, position, written)
    bare = BARE.get(written)
    if bare is not None:
        return plain(bare.split())
    if not written.islower():
        capitals = capital_words(written, shouting=shouting)
        if capitals is not None:
            return capitals
        if _INNER_CAPITAL.search(written) and written[:2] not in ("Mc", "O'", "D'"):
            from edge_tts.text.identifiers import name_words

            return name_words(written)
    return (SpokenWord(written.lower(), capital=written[0].isupper()),)


def _letter(text: str, position: int, written: str) -> tuple[SpokenWord, ...]:
    if written in "aAI":
        return (SpokenWord(written.lower(), capital=written.isupper()),)
    if written == "s" and text[position - 1 : position] == "'":
        return ()
    return (SpokenWord(written.lower(), True, capital=written.isupper()),)


def _letters(written: str) -> str:
    return transliterate(written) if not written.isascii() else written.lower()


def _at_word_start(text: str, position: int) -> bool:
    before = text[position - 1 : position] if position else ""
    return not before or not (before.isalnum() or before in "@/\\_.")
