"""Rules for what starts with a letter: words, abbreviations, initials, acronyms."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.abbreviation_table import DOTTED, NUMBERED, PLAIN, TITLES
from edge_tts.text.spoken import Item, SpokenWord, plain

_WORD: Final = re.compile(r"'?[^\W\d_]+(?:'[^\W\d_]+)*'?")
_DOTTED: Final = re.compile(r"[A-Za-z]\.(?:[A-Za-z]+\.)*[A-Za-z]+\b\.?|[A-Za-z]\.")
_NEXT_NUMBER: Final = re.compile(r"\.?\s*\d")


def word_item(text: str, position: int) -> Item:
    """The item that starts with the letter (or apostrophe) at ``position``."""
    found = _WORD.match(text, position)
    if found is None:
        return Item(position, position + 1)
    written, end = found[0], found.end()
    key = written.lower()
    dotted = text[end : end + 1] == "."
    last = not text[end + 1 :].strip(" \"')]}")
    if dotted and len(written) == 1:
        initials = _initials(text, position)
        if initials is not None:
            return initials
    if dotted:
        words = None
        if key in TITLES:
            words = plain([TITLES[key]])
        elif key in PLAIN:
            words = plain(PLAIN[key].split())
        elif key in NUMBERED and _NEXT_NUMBER.match(text, end):
            words = plain([NUMBERED[key]])
        if words is not None:
            return Item(position, end if last else end + 1, words, written=written)
    return Item(position, end, (_plain_word(written),), written=written)


def _plain_word(written: str) -> SpokenWord:
    return SpokenWord(written.lower(), capital=written[:1].isupper())


def _initials(text: str, position: int) -> Item | None:
    found = _DOTTED.match(text, position)
    if found is None:
        return None
    written = found[0]
    last = not text[found.end() :].strip(" \"')]}")
    letters = written.rstrip(".").lower()
    end = found.end() - (1 if last and written[-1] == "." else 0)
    if letters in DOTTED:
        words = tuple(
            SpokenWord(word.rstrip("."), word[-1] == ".") for word in DOTTED[letters]
        )
        return Item(position, end, words, written=written)
    if len(letters) == 1:
        if last:
            return None
        return Item(position, end, (SpokenWord(letters, True),), written=written)
    if all(len(part) == 1 for part in letters.split(".")):
        words = (SpokenWord(letters.replace(".", ""), True),)
        return Item(position, end, words, written=written)
    return None
