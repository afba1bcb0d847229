"""Owns ReadOptions: choices about what of a book is read aloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from edge_tts.errors import ConfigError

BookFormat = Literal["epub", "html", "markdown", "text", "ssml"]
Footnotes = Literal["skip", "inline", "chapter_end"]


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file as a book.

    Raises:
        ConfigError: A value is not one of its choices.
    """

    format: BookFormat | None = None
    """None: by content, then by suffix."""
    encoding: str | None = None
    """Of text, Markdown and HTML; None detects it."""
    footnotes: Footnotes = "skip"
    """Notes and their numbers: left out, read where they are called, or gathered."""
    toc_depth: int = 2
    """Levels of an EPUB's table of contents that start chapters."""
    page_numbers: bool = False
    """Whether the page numbers of a printed edition are read."""
    alt_text: bool = False
    """Whether the descriptions of pictures are read."""
    code_blocks: bool = False
    tables: bool = True
    """Whether tables are read, row by row."""
    licence_text: bool = False
    """Whether the licence around a Project Gutenberg text is read."""
    voice_marks: bool = True
    """Whether ``[voice:NAME]`` … ``[/voice]`` changes the voice."""

    def __post_init__(self) -> None:
        if self.format is not None and self.format not in get_args(BookFormat):
            raise ConfigError(
                f"format must be one of {', '.join(get_args(BookFormat))}, "
                f"got {self.format!r}"
            )
        if not 1 <= self.toc_depth <= 9:
            raise ConfigError(f"toc_depth must be 1 to 9, got {self.toc_depth!r}")
        if self.footnotes not in get_args(Footnotes):
            raise ConfigError(
                f"footnotes must be one of {', '.join(get_args(Footnotes))}, "
                f"got {self.footnotes!r}"
            )
