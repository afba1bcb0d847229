"""What Project Gutenberg puts around a text: licence, title, credits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from edge_tts.narrate.book import BookMetadata

_START: Final = re.compile(
    r"^[ \t]*\*{3}[ \t]*START OF (?:THE |THIS )?PROJECT GUTENBERG[^\n]*"
    r"(?:\n[^\n]*\*{3}[ \t]*$)?"
    r"|^[^\n]*\*END[ *]*THE SMALL PRINT![^\n]*",
    re.MULTILINE | re.IGNORECASE,
)
_END: Final = re.compile(
    r"^[ \t]*(?:\*{3}[ \t]*END OF (?:THE |THIS )?PROJECT GUTENBERG"
    r"|End of (?:the )?Project Gutenberg)[^\n]*",
    re.MULTILINE | re.IGNORECASE,
)
_FIELD: Final = re.compile(r"^(Title|Author|Language|Release Date): *(\S[^\n]*)", re.M)
# Each line can match in one way only: what fails, fails at once.
_CREDITS: Final = re.compile(
    r"\s*(?:This (?:e-?text|e-?book) was |E-?text )?"
    r"(?:produced|prepared|transcribed|scanned|digitized) (?:and \w+ )?by\b"
    r"[^\n]*(?:\n[^\S\n]*\S[^\n]*){0,8}(?=\n[ \t]*\n)",
    re.IGNORECASE,
)
_HEAD_CHARS: Final = 60_000
"""The header of the oldest texts was long; a mark further down is a quotation."""
_LANGUAGES: Final = {
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "latin": "la",
    "spanish": "es",
}


@dataclass(frozen=True, slots=True)
class GutenbergText:
    """A text and what its header says."""

    body: str
    metadata: BookMetadata
    removed: str
    """Header, credits and licence; empty where there are none."""


def without_licence(text: str) -> GutenbergText | None:
    """Part a Project Gutenberg text from its licence; None if it is none."""
    start = _START.search(text, 0, _HEAD_CHARS)
    if start is None:
        return None
    end = _END.search(text, start.end())
    stop = end.start() if end else len(text)
    begin = start.end()
    credits = _CREDITS.match(text, begin, min(begin + 2000, stop))
    if credits is not None:
        begin = credits.end()
    fields = {name: " ".join(value.split()) for name, value in _fields(text, begin)}
    language = fields.get("Language", "").lower()
    metadata = BookMetadata(
        title=fields.get("Title", ""),
        author=fields.get("Author", ""),
        language=_LANGUAGES.get(language, language if len(language) == 2 else ""),
        date="".join(re.findall(r"\b\d{4}\b", fields.get("Release Date", ""))[:1]),
    )
    return GutenbergText(text[begin:stop], metadata, text[:begin] + text[stop:])


def _fields(text: str, stop: int) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in _FIELD.finditer(text, 0, stop)]
