"""Recognises the headings of chapters in plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge_tts.text.word_list import word_list, word_set

_UNITS: Final = word_list(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty "
    "seventy eighty ninety hundred first second third fourth fifth sixth seventh "
    "eighth ninth tenth eleventh twelfth last"
)
_NUMBER: Final = (
    rf"(?:\d{{1,3}}|[IVXLC]{{1,8}}|(?:the )?(?:{'|'.join(_UNITS)})"
    rf"(?:[- ](?:{'|'.join(_UNITS)}))?)"
)
_PART: Final = "book|part|volume|vol\\.|act|canto"
_CHAPTER: Final = (
    "chapter|chap\\.|scene|stave|letter|section|adventure|tale|story|fit|fable|night"
)
_NUMBERED: Final = re.compile(
    rf"(?P<kind>{_PART}|{_CHAPTER}) +(?P<number>{_NUMBER})"
    r"(?:(?P<dot>[.:,]| *[\u2013\u2014-]{1,2})? *(?P<rest>\S.{0,120})?)?",
    re.IGNORECASE,
)
_NUMBER_FIRST: Final = re.compile(
    rf"(?:the )?(?:{'|'.join(_UNITS[28:])}) (?P<kind>{_PART}|{_CHAPTER})\.?",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r"(?:the )?(?:prologue|epilogue|preface|introduction|foreword|afterword|"
    r"introductory(?: note)?|conclusion|postscript|dedication|appendix(?: [A-Z0-9]+)?|"
    r"acknowledge?ments|author's note|translator's (?:note|preface)|interlude|"
    r"contents|table of contents|list of illustrations|glossary|index|notes|footnotes)"
    r"[.:]?(?: *[\u2013\u2014-]{1,2} *\S.{0,80})?",
    re.IGNORECASE,
)
_ROMAN_TITLE: Final = re.compile(r"(?P<number>[IVXLC]{1,8})\. +(?P<rest>[^a-z]{3,90})")
_BARE_NUMBER: Final = re.compile(r"[IVXLC]{1,8}\.?|\d{1,3}\.?")
_SMALL_WORDS: Final = word_set(
    "a an and as at but by de for from in into is la le nor of on or over the to upon "
    "von with"
)
MAX_HEADING_CHARS: Final = 160


@dataclass(frozen=True, slots=True)
class HeadingMatch:
    """A line that looks like a heading."""

    is_part: bool
    """Whether it heads a part of several chapters."""
    wants_title: bool
    """Whether it is a mere number: the next line may be its title."""
    bare: bool = False
    """Whether it is a number alone, which must be one of a series."""


def heading_text(lines: Sequence[str]) -> str:
    """The lines as one, without marks of emphasis around."""
    return " ".join(" ".join(lines).split()).strip("_*= ")


def match_heading(lines: Sequence[str]) -> HeadingMatch | None:
    """Judge the lines of a paragraph; None where it is text."""
    if not 1 <= len(lines) <= 4:
        return None
    text = heading_text(lines)
    if not text or len(text) > MAX_HEADING_CHARS:
        return None
    if sum(bool(_NUMBERED.match(line.strip("_*= "))) for line in lines) > 1:
        # Lines of a table of contents.
        return None
    if _BARE_NUMBER.fullmatch(text):
        return HeadingMatch(False, wants_title=True, bare=True)
    found = _NUMBERED.fullmatch(text)
    if found and _is_numbered_heading(found, lines):
        return HeadingMatch(
            re.fullmatch(_PART, found["kind"], re.IGNORECASE) is not None,
            wants_title=not found["rest"],
        )
    found = _NUMBER_FIRST.fullmatch(text)
    if found and text[0].isupper():
        is_part = re.fullmatch(_PART, found["kind"], re.IGNORECASE) is not None
        return HeadingMatch(is_part, wants_title=True)
    if _NAMED.fullmatch(text) and text[0].isupper() and len(lines) < 3:
        return HeadingMatch(False, wants_title=False)
    if _ROMAN_TITLE.fullmatch(text) and re.search("[A-Z]{2}", text[4:]):
        return HeadingMatch(False, wants_title=False)
    return None


def is_title(lines: Sequence[str]) -> bool:
    """Whether a paragraph reads like the title under a chapter's number."""
    text = heading_text(lines)
    if not 1 <= len(lines) <= 3 or not text or len(text) > 100:
        return False
    if text.isupper():
        return True
    if text[0] in "\"\u201c'\u2018[(" or text[-1] in ',;:-\u2014"\u201d':
        return False
    words = [word.strip(".,;:!?'\"()\u2019") for word in text.split()]
    small = [w for w in words if w and w[0].islower() and w not in _SMALL_WORDS]
    # A sentence has small words; "Down the Rabbit-Hole." has none.
    return not small and text[0].isupper() and len(words) <= 14


def _is_numbered_heading(found: re.Match[str], lines: Sequence[str]) -> bool:
    kind, rest = found["kind"], found["rest"]
    if not kind[0].isupper():
        return False
    number = found["number"]
    if number[0].islower() and not number.isdigit() and not number.isupper():
        # "Part one of the plan failed" is a sentence.
        return not rest and kind.lower() not in ("night", "letter")
    if not rest:
        return True
    if found["dot"] and found["dot"].strip() != ",":
        return True
    if kind.isupper() or len(lines) > 1:
        return True
    # "Chapter 3 The Storm", but not "Chapter 3 tells of a storm."
    return is_title([rest]) and not rest.endswith(".")
