"""Owns Book: what a reader makes of a file, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass

from edge_tts.narrate.chapter import ChapterHandle


@dataclass(frozen=True, slots=True)
class Cover:
    """Picture on the front."""

    data: bytes
    media_type: str
    """``image/jpeg`` or ``image/png``; checked against the data."""


@dataclass(frozen=True, slots=True)
class BookMetadata:
    """What the book says about itself; empty where it is silent."""

    title: str = ""
    author: str = ""
    """Several are joined by ", "."""
    language: str = ""
    """BCP 47 tag."""
    identifier: str = ""
    """ISBN, UUID or URL as given."""
    date: str = ""
    publisher: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """A book whose chapters are read on demand.

    The text lies in an unnamed temporary file; it goes when the last handle goes.
    """

    metadata: BookMetadata
    chapters: tuple[ChapterHandle, ...]
    cover: Cover | None = None
    notices: tuple[str, ...] = ()
    """What was left out or mended, one line each, to show once."""

    @property
    def num_words(self) -> int:
        """Words of all chapters: what a complete narration must have spoken."""
        return sum(chapter.num_words for chapter in self.chapters)
