"""Owns Chapter, and ChapterHandle: a chapter that is read when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from edge_tts.narrate.block import Block


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter in memory."""

    id: str
    """Unique within the book, made of the title (its number among equal ones)."""
    title: str
    """May be empty."""
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ChapterHandle:
    """What a list of contents shows; ``load`` brings the text."""

    id: str
    title: str
    num_words: int
    """Words of all blocks, counted by ``edge_tts.text.word_count``."""
    _load: Callable[[], Chapter] = field(repr=False, compare=False)

    def load(self) -> Chapter:
        """Read the chapter; the caller drops it when done, nothing is kept.

        Raises:
            TextError: The book was closed.
        """
        return self._load()
