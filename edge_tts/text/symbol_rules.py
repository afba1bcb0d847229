"""Rules for punctuation and symbols."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.inline_phonemes import inline_item
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
_ALWAYS: Final = {
    "&": "and",
    "%": "percent",
    "=": "equals",
    "$": "dollars",
    "\u00a2": "cents",
    "\u00a3": "pounds",
    "\u20ac": "euros",
    "\u00a5": "yen",
    "\u00b0": "degrees",
    "\u00d7": "times",
    "\u00f7": "divided by",
    "\u00b1": "plus or minus",
    "\u2248": "approximately equals",
    "\u2260": "is not equal to",
    "\u2264": "is at most",
    "\u2265": "is at least",
    "\u221a": "square root of",
    "\u221e": "infinity",
    "\u00a7": "section",
    "\u00b6": "paragraph",
    "\u00a9": "copyright",
    "\u2030": "per mille",
    "@": "at",
}
_BESIDE_NUMBERS: Final = {
    "+": "plus",
    "<": "is less than",
    ">": "is greater than",
    "^": "to the power of",
    "*": "times",
    "/": "over",
    "#": "number",
    "~": "about",
    "-": "minus",
}
"""Said between or before figures and single letters, silent elsewhere."""
_ADDRESS_STARTS: Final = frozenset("@#/~._")
_OPERAND: Final = re.compile(r" *[\d(.]")
_LETTER_OPERAND: Final = re.compile(r" +[A-Za-z]\b")
_TAG: Final = re.compile(
    r"</?(?:b|i|u|em|strong|p|br|a|span|div|h[1-6]|li|ul|ol|code|pre|sub|sup|img|hr|"
    r"table|t[dhr]|blockquote)\b[^<>]{0,300}>"
)
_POWER: Final = re.compile(r"\^([23])(?![\d.])")
_POWERS: Final = {"2": "squared", "3": "cubed"}
_SPACE: Final = re.compile(r"\s")


def symbol_item(text: str, position: int) -> Item | None:
    """The item of a character that is neither letter nor digit, or None."""
    character = text[position]
    if character == "[" and text.startswith("[[", position):
        item = inline_item(text, position)
        if item is not None:
            return item
    if character == "<":
        tag = _TAG.match(text, position)
        if tag is not None:
            return Item(position, tag.end())
    before = text[position - 1 : position]
    following = text[position + 1 : position + 2]
    if character in _ADDRESS_STARTS and following.strip() and not before.isalnum():
        # Imported by need: most sentences hold no address.
        from edge_tts.text.address_rules import address_item

        space = _SPACE.search(text, position)
        stop = space.start() if space else len(text)
        item = address_item(text, position, stop)
        if item is not None:
            return item
    power = _POWER.match(text, position) if character == "^" else None
    if power is not None:
        return Item(position, power.end(), plain([_POWERS[power[1]]]))
    if character in _BESIDE_NUMBERS and _is_operator(text, position):
        return Item(position, position + 1, plain(_BESIDE_NUMBERS[character].split()))
    if character in "-\u2013":
        return _dash(text, position)
    if character == "." and text.startswith("...", position):
        return Item(position, position + 3, pause=",")
    pause = _PAUSES.get(character)
    if pause is not None:
        return Item(position, position + 1, pause=pause)
    word = _ALWAYS.get(character)
    if word is not None:
        return Item(position, position + 1, plain(word.split()))
    return None


def _is_operator(text: str, position: int) -> bool:
    before = text[max(0, position - 3) : position]
    if text[position] in "#~":
        return text[position + 1 : position + 2].isdigit()
    if _OPERAND.match(text, position + 1):
        if text[position] in "-<>":
            return before.endswith(" ") and before.rstrip()[-1:].isalnum()
        return not before.strip() or before.rstrip()[-1:] in "0123456789)xyznab"
    single = before[-1:] == " " and (
        before[-3:-2] in (" ", "") or before[-2:-1].isdigit()
    )
    return bool(
        text[position] in "+*/<>^"
        and single
        and _LETTER_OPERAND.match(text, position + 1)
    )


def _dash(text: str, position: int) -> Item | None:
    end = position
    while end < len(text) and text[end] in "-\u2013":
        end += 1
    before = text[position - 1 : position] if position else ""
    free = not before.strip() or not text[end : end + 1].strip()
    if end - position > 1 or free:
        return Item(position, end, pause="-")
    return None
