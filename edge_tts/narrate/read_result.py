"""Owns ReadResult: what every reader returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge_tts.narrate.book import BookMetadata, Cover
from edge_tts.narrate.raw_chapter import RawChapter


@dataclass(frozen=True, slots=True)
class ReadResult:
    """Metadata at once, chapters as they are read; the source must stay open."""

    metadata: BookMetadata
    chapters: Iterator[RawChapter]
    cover: Cover | None = None
