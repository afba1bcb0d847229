"""Turns the clean text of one utterance into items to speak; pronounces nothing."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text import word_rules
from edge_tts.text.number_rules import NUMBER_RULES
from edge_tts.text.spoken import Item
from edge_tts.text.symbol_rules import symbol_item

_WORD: Final = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*")
_NUMERIC_START: Final = frozenset("0123456789.+-$#(")


def normalize(text: str) -> list[Item]:
    """Items in order, without overlap; between them is only what is not spoken.

    Args:
        text: Output of ``clean_text``.
    """
    items: list[Item] = []
    position, size = 0, len(text)
    while position < size:
        character = text[position]
        if character.isspace():
            position += 1
            continue
        item = _item_at(text, position)
        if item is None:
            position += 1
            continue
        if item.words or item.pause:
            items.append(item)
        position = max(item.end, position + 1)
    return items


def _item_at(text: str, position: int) -> Item | None:
    character = text[position]
    if character in _NUMERIC_START:
        for rule in NUMBER_RULES:
            found = rule.pattern.match(text, position)
            if found is not None:
                words = rule.expand(found)
                if words is not None:
                    return Item(position, found.end(), words, written=found[0])
    if character.isalpha() or (
        character == "'" and text[position + 1 : position + 2].isalpha()
    ):
        return word_rules.word_item(text, position)
    return symbol_item(text, position)
