"""Decides whether a stop ends a sentence; looks at the words on both sides only."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from edge_tts.text.abbreviation_table import (
    BEFORE_NAMES,
    BEFORE_NUMBERS,
    NEVER_LAST,
    SENTENCE_STARTERS,
    SOMETIMES_LAST,
)

LOOKAHEAD: Final = 64
"""Characters behind the gap that may decide."""
_LOOKBACK: Final = 48
_OPENERS: Final = "\"'\u201c\u2018\u00ab([{*_\u2014-"
_LAST_WORD: Final = re.compile(r"[^\s\"'\u201c\u2018(\[{\u2014/]+$")
_NEXT_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_INITIAL: Final = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_BLANK_LINE: Final = re.compile(r"\n[^\S\n]*\n|[\f\u2029]")
_WIDE_STOPS: Final = "\u3002\uff0e\uff01\uff1f"


class Verdict(Enum):
    """What a candidate turned out to be."""

    INSIDE = 0
    SENTENCE = 1
    PARAGRAPH = 2


def judge(buffer: str, start: int, stop: re.Match[str], after: int) -> Verdict:
    """Judge one candidate.

    Args:
        buffer: The text at hand.
        start: Where the sentence starts.
        stop: The stop with its closing quotes, or a line break.
        after: Where the next word starts.
    """
    gap = buffer[stop.end() : after]
    mark = stop[0]
    if _BLANK_LINE.search(mark + gap) or after >= len(buffer):
        return Verdict.PARAGRAPH
    if mark[0] in "\n\u2028":
        return Verdict.SENTENCE
    if not gap and mark[-1] not in _WIDE_STOPS:
        return Verdict.INSIDE
    ahead = buffer[after : after + LOOKAHEAD].lstrip(_OPENERS)
    if ahead[:1].islower():
        return Verdict.INSIDE
    if mark[0] != "." or mark[1:2] == ".":
        return Verdict.SENTENCE
    behind = buffer[max(start, stop.start() - _LOOKBACK) : stop.start()]
    return _after_full_stop(behind, ahead)


def _after_full_stop(behind: str, ahead: str) -> Verdict:
    found = _LAST_WORD.search(behind)
    word = found[0] if found else ""
    following = _NEXT_WORD.match(ahead)
    next_word = following[0].lower() if following else ""
    starts = next_word in SENTENCE_STARTERS
    key = word.lower()
    inside = False
    if key in NEVER_LAST:
        inside = True
    elif key in BEFORE_NUMBERS and not (len(word) == 1 and word.isupper()):
        # A capital is an initial: "p. 7", but "P. G. Wodehouse".
        inside = ahead[:1].isdigit()
    elif key in BEFORE_NAMES:
        inside = bool(next_word) and not starts
    elif key in SOMETIMES_LAST or (_INITIAL.fullmatch(word) and word != "I"):
        inside = not starts
    elif word == "I":
        inside = not starts and bool(re.match(r"[A-Z]\.", ahead))
    elif word.isdigit() and len(word) < 4 and word == behind:
        # The number of a list entry.
        inside = True
    return Verdict.INSIDE if inside else Verdict.SENTENCE
