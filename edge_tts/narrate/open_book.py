"""Owns ``open_book``: from a file of any kind to a Book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

from edge_tts.errors import TextError
from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.book import Book, BookMetadata
from edge_tts.narrate.book_format import book_format
from edge_tts.narrate.book_source import BookSource, open_source
from edge_tts.narrate.chapter_spool import ChapterSpool
from edge_tts.narrate.limits import MAX_BLOCK_CHARS
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.read_options import ReadOptions
from edge_tts.narrate.read_result import ReadResult
from edge_tts.narrate.readers import read_source
from edge_tts.narrate.shown_text import shown_text
from edge_tts.narrate.voice_marks import apply_voice_marks
from edge_tts.text.span import Span


def open_book(
    source: str | Path | BinaryIO,
    options: ReadOptions = ReadOptions(),  # noqa: B008 - frozen
) -> Book:
    """Read a book once and keep its chapters on disk.

    Memory does not grow with the book beyond one chapter (one file of an EPUB); a text
    of a single file is in memory while it is read.

    Args:
        source: A file, or a binary stream such as ``sys.stdin.buffer``.
        options: What to read of it.

    Raises:
        TextError: It cannot be read, is protected, hostile or has no text.
    """
    notices = Notices()
    with open_source(Path(source) if isinstance(source, str) else source) as opened:
        kind = options.format or book_format(opened)
        result = read_source(opened, kind, options, notices)
        chapters = ChapterSpool().add_all(
            result.chapters, lambda blocks: _edited(blocks, options)
        )
        if not chapters:
            raise TextError(f"{opened.name} has no text to read")
        return Book(_titled(result, opened), chapters, result.cover, notices.lines())


def _edited(blocks: Iterable[Block], options: ReadOptions) -> Iterator[Block]:
    if options.voice_marks:
        blocks = apply_voice_marks(blocks)
    for block in blocks:
        if block.kind is BlockKind.SCENE_BREAK or len(block.text) <= MAX_BLOCK_CHARS:
            yield block
        else:
            yield from _parts(block)


def _parts(block: Block) -> Iterator[Block]:
    """A paragraph of a megabyte as several, parted at spaces where there are any."""
    spans: list[Span] = []
    size = 0
    for span in block.spans:
        while size + len(span.text) > MAX_BLOCK_CHARS and span.reading is None:
            room = MAX_BLOCK_CHARS - size
            cut = span.text.rfind(" ", 0, room) + 1 or (room if not spans else 0)
            spans.append(replace(span, text=span.text[:cut]))
            yield replace(block, spans=tuple(spans))
            spans, size = [], 0
            span = replace(span, text=span.text[cut:])
        spans.append(span)
        size += len(span.text)
    if spans:
        yield replace(block, spans=tuple(spans))


def _titled(result: ReadResult, source: BookSource) -> BookMetadata:
    facts = {name: shown_text(text) for name, text in asdict(result.metadata).items()}
    return BookMetadata(**{**facts, "title": facts["title"] or Path(source.name).stem})
