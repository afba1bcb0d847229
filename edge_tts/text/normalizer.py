"""Turns the clean text of one utterance into items to speak; pronounces nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from edge_tts.text.rule import Rule
from edge_tts.text.spoken import Item, plain
from edge_tts.text.symbol_rules import symbol_item
from edge_tts.text.word_rules import word_item

if TYPE_CHECKING:
    from edge_tts.text.user_lexicon import UserLexicon

_NUMERIC_START: Final = frozenset(
    "0123456789.+-~$(\u00a3\u20ac\u00a5\u20b9\u20a9\u20bd\u20bf\u00b1"
)
_NUMBER_NEAR: Final = re.compile(r"[^\w\s]{0,3} ?[^\w\s]?\d")
NUM_PLAIN_RULES: Final = 3
"""Rules at the end of the list that hold anywhere."""
_LOWER: Final = re.compile(r"[a-z]")
_CAPITAL_WORDS: Final = re.compile(r"\b[A-Z]{2,}\b")


def normalize(text: str, user_lexicon: UserLexicon | None = None) -> list[Item]:
    """Items in order, without overlap; between them is only what is not spoken.

    Args:
        text: Output of ``clean_text``.
        user_lexicon: Entries that win over every rule.

    Raises:
        TextError: Phonemes given in the text are unknown.
    """
    items: list[Item] = []
    shouting = _is_shouting(text)
    position, size = 0, len(text)
    while position < size:
        character = text[position]
        if character.isspace():
            position += 1
            continue
        item = user_lexicon.match(text, position) if user_lexicon else None
        item = item or _item_at(text, position, shouting)
        if item is None:
            position += 1
            continue
        if item.words or item.pause:
            items.append(item)
        position = max(item.end, position + 1)
    return items


def _item_at(text: str, position: int, shouting: bool) -> Item | None:
    character = text[position]
    if character.isalpha():
        return word_item(text, position, shouting=shouting)
    if character in _NUMERIC_START and _NUMBER_NEAR.match(text, position):
        item = _numeric_item(text, position)
        if item is not None:
            return item
    if character == "'" and text[position + 1 : position + 2].isalpha():
        return word_item(text, position, shouting=shouting)
    return symbol_item(text, position)


def _numeric_item(text: str, position: int) -> Item | None:
    rules = _numeric_rules()
    if position and text[position].isdigit() and text[position - 1].isalnum():
        # Inside a code such as k8s there are neither dates nor units.
        rules = rules[-NUM_PLAIN_RULES:]
    for rule in rules:
        found = rule.pattern.match(text, position)
        words = rule.expand(found) if found else None
        if found and words:
            return Item(position, found.end(), plain(words))
    return None


@lru_cache(maxsize=1)
def _numeric_rules() -> tuple[Rule, ...]:
    # Imported at the first figure: compiling these patterns takes some milliseconds.
    from edge_tts.text.calendar_rules import NUMERIC_CALENDAR_RULES
    from edge_tts.text.measure_rules import MEASURE_RULES
    from edge_tts.text.number_rules import NUMBER_RULES

    return NUMERIC_CALENDAR_RULES + MEASURE_RULES + NUMBER_RULES


def _is_shouting(text: str) -> bool:
    return not _LOWER.search(text) and len(_CAPITAL_WORDS.findall(text)) > 2
