"""Rules for punctuation and symbols."""

from __future__ import annotations

from typing import Final

from edge_tts.text.spoken import Item, plain

_PAUSES: Final = {
    **dict.fromkeys(",()[]{}|\u2022\u2026", ","),
    ";": ";",
    ":": ":",
    ".": ".",
    "!": "!",
    "?": "?",
    "\u2014": "-",
}
_SPOKEN: Final = {
    "&": "and",
    "%": "percent",
    "+": "plus",
    "=": "equals",
    "@": "at",
    "#": "number",
    "$": "dollars",
    "\u00a3": "pounds",
    "\u20ac": "euros",
    "\u00b0": "degrees",
}


def symbol_item(text: str, position: int) -> Item | None:
    """The item of a character that is neither letter nor digit, or None."""
    character = text[position]
    if character in "-\u2013":
        return _dash(text, position)
    if character == "." and text.startswith("...", position):
        return Item(position, position + 3, pause=",")
    pause = _PAUSES.get(character)
    if pause is not None:
        return Item(position, position + 1, pause=pause)
    word = _SPOKEN.get(character)
    if word is not None:
        return Item(position, position + 1, plain([word]), written=character)
    return None


def _dash(text: str, position: int) -> Item | None:
    end = position
    while end < len(text) and text[end] in "-\u2013":
        end += 1
    before = text[position - 1 : position]
    free = not before.strip() or not text[end : end + 1].strip()
    if end - position > 1 or free:
        return Item(position, end, pause="-")
    return None
