"""Narration of books: readers of files, the model of a book, the batch."""

from __future__ import annotations

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.book import Book, BookMetadata, Cover
from edge_tts.narrate.chapter import Chapter, ChapterHandle
from edge_tts.narrate.open_book import open_book
from edge_tts.narrate.read_options import ReadOptions

__all__ = [
    "Block",
    "BlockKind",
    "Book",
    "BookMetadata",
    "Chapter",
    "ChapterHandle",
    "Cover",
    "ReadOptions",
    "open_book",
]
