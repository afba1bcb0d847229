"""Reads an SSML document as a book of one chapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.book import BookMetadata
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.raw_chapter import RawChapter
from edge_tts.narrate.read_result import ReadResult
from edge_tts.text.span import Span
from edge_tts.text.ssml import parse_ssml

_PARAGRAPH_END = "\u2029"


def read_ssml(text: str, notices: Notices) -> ReadResult:
    """Read a document; its paragraphs are the blocks.

    Raises:
        TextError: It is no well-formed SSML.
    """
    document = parse_ssml(text)
    for notice in document.notices:
        notices.add(notice)
    metadata = BookMetadata(language=document.language)
    chapter = RawChapter("", _blocks(document.passage.spans))
    return ReadResult(metadata, iter([chapter]))


def _blocks(spans: tuple[Span, ...]) -> Iterator[Block]:
    open_spans: list[Span] = []
    for span in spans:
        if span.text == _PARAGRAPH_END:
            # Breaks before a paragraph go with the text behind them.
            yield Block(BlockKind.PARAGRAPH, tuple(open_spans))
            open_spans = []
        elif open_spans or span.text.strip() or not span.text:
            open_spans.append(span)
    while open_spans and open_spans[-1].text.isspace():
        open_spans.pop()
    if open_spans:
        last = open_spans[-1]
        open_spans[-1] = replace(last, text=last.text.rstrip())
        yield Block(BlockKind.PARAGRAPH, tuple(open_spans))
