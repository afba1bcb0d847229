"""Marks inside the paragraphs of a plain text: ``_italics_``, numbers of notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from edge_tts.text.span import Emphasis, Span, SpeechStyle

_EMPHASIS: Final = re.compile(
    r"(?<![\w_])_(?=[^\s_])([^_]{1,500}?)(?<=[^\s_])_(?![\w_])"
    r"|(?<![\w=])=(?=[^\s=])([^=\n]{1,200}?)(?<=[^\s=])=(?![\w=])"
)
NOTE_CALL: Final = re.compile(r"\[(?:\d{1,3}|[A-Z]|\*{1,3}|\u2020)\]")
PAGE_NUMBER: Final = re.compile(
    r"\[(?:Pg|Page|p\.) ?\d{1,4}\]|\{\d{1,4}\}", re.IGNORECASE
)
_EMPHATIC: Final = SpeechStyle(emphasis=Emphasis.MODERATE)


def emphasis_spans(text: str) -> Iterator[Span]:
    """Spans of a paragraph; the marks of emphasis are gone, all else is kept."""
    position = 0
    for found in _EMPHASIS.finditer(text):
        if found.start() > position:
            yield Span(text[position : found.start()])
        yield Span(found[1] or found[2], _EMPHATIC)
        position = found.end()
    if position < len(text):
        yield Span(text[position:])
