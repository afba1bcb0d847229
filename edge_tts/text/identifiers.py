"""Reads addresses, file names and identifiers aloud: their words and their signs."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.acronyms import capital_words, mixed_case_parts
from edge_tts.text.quantities import code_words
from edge_tts.text.spoken import SpokenWord, plain
from edge_tts.text.word_list import word_set

_PARTS: Final = re.compile(r"\d{1,12}|[^\W\d_]+(?:'[^\W\d_]+)?|.", re.DOTALL)
_SIGNS: Final = {
    ".": "dot",
    "@": "at",
    "/": "slash",
    "\\": "backslash",
    ":": "colon",
    "-": "dash",
    "~": "tilde",
    "?": "question mark",
    "=": "equals",
    "&": "and",
    "#": "hash",
    "%": "percent",
    "+": "plus",
    "$": "dollar",
    "*": "star",
    "_": "underscore",
}
_SPELLED: Final = word_set(
    "io uk us eu de fr nl ca au nz jp cn tv fm ly py js ts md rs cpp hpp html htm "
    "css xml csv tsv pdf png svg mp mpg wav ogg exe dll php rb sh yml usr lib etc "
    "http https ftp ssh www src tmp bin cc cfg ini ip id db api url sql json"
) - word_set("json bin lib")


def identifier_words(
    text: str, *, signs: str = "".join(_SIGNS)
) -> tuple[SpokenWord, ...]:
    """Words of an address or name; characters not in ``signs`` are silent."""
    words: list[SpokenWord] = []
    for part in _PARTS.findall(text):
        if part.isdigit():
            words.extend(plain(code_words(part)))
        elif part[0].isalpha():
            words.extend(name_words(part))
        elif part in _SIGNS and part in signs:
            words.extend(plain(_SIGNS[part].split()))
    return tuple(words)


def name_words(written: str) -> tuple[SpokenWord, ...]:
    """Words of letters in any case, such as ``parseHTTPResponse``."""
    if written.lower() in _SPELLED:
        return (SpokenWord(written.lower(), True),)
    special = capital_words(written, shouting=False)
    if special is not None:
        return special
    words: list[SpokenWord] = []
    for part in mixed_case_parts(written) or [written]:
        capitals = capital_words(part, shouting=False) if part.isupper() else None
        words.extend(capitals or (SpokenWord(part.lower()),))
    return tuple(words)
