"""Names of characters that are spelled out."""

from __future__ import annotations

from typing import Final

from edge_tts.text.clean_text import clean_text
from edge_tts.text.foreign_letters import GREEK_NAMES, transliterate
from edge_tts.text.number_words import DIGITS
from edge_tts.text.spoken import SpokenWord, plain

_NAMES: Final = {
    ".": "dot",
    ",": "comma",
    ":": "colon",
    ";": "semicolon",
    "!": "exclamation mark",
    "?": "question mark",
    "-": "dash",
    "\u2013": "dash",
    "\u2014": "dash",
    "_": "underscore",
    "/": "slash",
    "\\": "backslash",
    "@": "at",
    "&": "ampersand",
    "#": "hash",
    "*": "star",
    "+": "plus",
    "=": "equals",
    "%": "percent",
    "$": "dollar",
    "\u00a3": "pound",
    "\u20ac": "euro",
    "'": "apostrophe",
    '"': "quote",
    "(": "left parenthesis",
    ")": "right parenthesis",
    "[": "left bracket",
    "]": "right bracket",
    "{": "left brace",
    "}": "right brace",
    "<": "less than",
    ">": "greater than",
    "|": "bar",
    "~": "tilde",
    "^": "caret",
    "`": "backtick",
    "\u00b0": "degree",
    "\u00a7": "section",
}


def spelled(text: str) -> tuple[SpokenWord, ...]:
    """One word or name for each character; white space and the unknown are silent."""
    words: list[SpokenWord] = []
    for character in text:
        if character.lower() in GREEK_NAMES:
            words.append(SpokenWord(GREEK_NAMES[character.lower()]))
            continue
        for plain_character in clean_text(character, 0).text:
            words += _named(plain_character)
    return tuple(words)


def _named(character: str) -> tuple[SpokenWord, ...]:
    if "0" <= character <= "9":
        return (SpokenWord(DIGITS[int(character)]),)
    if character in _NAMES:
        return plain(_NAMES[character].split())
    letters = transliterate(character)
    return tuple([SpokenWord(letter, spelled=True) for letter in letters])
