"""Phonemes given in the text: ``[[HH AH0 L OW1]]``."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.errors import TextError
from edge_tts.text.phonemes import PHONEMES, VOWELS
from edge_tts.text.spoken import Item, SpokenWord

MAX_INLINE: Final = 400
"""Characters between the brackets."""
_INLINE: Final = re.compile(rf"\[\[([^\[\]]{{0,{MAX_INLINE}}})\]\]")
_WORD_BREAK: Final = re.compile(r"\s*[|/]\s*")
_LOOKS_PHONETIC: Final = re.compile(r"[A-Z]{1,2}[0-9]?(?:[\s|/]+[A-Z]{1,2}[0-9]?)*")


def parse_phonemes(text: str) -> tuple[str, ...]:
    """Phonemes of one word in ARPAbet; a vowel without a digit has no stress.

    Raises:
        TextError: A symbol is unknown; the message names it.
    """
    found: list[str] = []
    for symbol in text.upper().split():
        bare = symbol.rstrip("0123456789")
        if bare in VOWELS and symbol[len(bare) :] in ("", "0", "1", "2"):
            found.append(symbol if symbol[-1].isdigit() else symbol + "0")
        elif symbol in PHONEMES:
            found.append(symbol)
        else:
            raise TextError(
                f"expected ARPAbet phonemes such as HH AH0 L OW1, got {symbol!r}"
            )
    return tuple(found)


def inline_item(text: str, position: int) -> Item | None:
    """The item of ``[[...]]`` at ``position``; None where it holds no phonemes.

    Raises:
        TextError: It looks like phonemes and one of them is unknown.
    """
    found = _INLINE.match(text, position)
    if found is None or not _LOOKS_PHONETIC.fullmatch(found[1].strip()):
        return None
    words = tuple(
        SpokenWord("", phonemes=parse_phonemes(part))
        for part in _WORD_BREAK.split(found[1].strip())
        if part
    )
    return Item(position, found.end(), words) if words else None
