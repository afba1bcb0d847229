"""Owns ChapterAssembly: blocks and notes of documents to chapters."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.raw_chapter import RawChapter
from edge_tts.narrate.read_options import Footnotes
from edge_tts.narrate.readers.markup_blocks import Anchor, MarkupEvent, Note, NoteCall


class NoteIndex:
    """The notes of a book, and which of them are called."""

    def __init__(self) -> None:
        self._blocks: dict[str, list[Block]] = {}
        self._called: set[str] = set()

    def collect(self, path: str, events: Iterable[MarkupEvent]) -> None:
        """Go through a document before it is read."""
        for event in events:
            if isinstance(event, Note) and event.id:
                block = replace(event.block, kind=BlockKind.FOOTNOTE, level=0)
                self._blocks.setdefault(f"{path}#{event.id}", []).append(block)
            elif isinstance(event, NoteCall):
                self._called.add(call_key(path, event))

    def blocks(self, key: str) -> list[Block]:
        """Blocks of a note; none if the target of the call is no note."""
        return self._blocks.get(key, [])

    def is_called(self, key: str) -> bool:
        """Whether the note is read somewhere else."""
        return key in self._called


class ChapterAssembly:
    """Takes what documents hold and gives chapters.

    Args:
        footnotes: Where notes are read.
        notes: Filled before.
    """

    def __init__(self, footnotes: Footnotes, notes: NoteIndex) -> None:
        self._footnotes = footnotes
        self._notes = notes
        self._title = ""
        self._blocks: list[Block] = []
        self._late: list[str] = []

    @property
    def has_body(self) -> bool:
        """Whether the chapter has more than headings."""
        return any(
            block.kind not in (BlockKind.HEADING, BlockKind.SCENE_BREAK)
            for block in self._blocks
        )

    @property
    def is_empty(self) -> bool:
        """Whether the chapter has no block yet."""
        return not self._blocks

    def begin(self, title: str) -> Iterator[RawChapter]:
        """Start a chapter; yield the one before, if there is any."""
        if self._blocks:
            yield self.finish()
        self._title = title

    def retitle(self, title: str) -> None:
        """Give the open chapter another title."""
        self._title = title

    @property
    def title(self) -> str:
        """Title of the open chapter."""
        return self._title

    def add(self, path: str, event: MarkupEvent) -> None:
        """Add what the document at ``path`` holds next."""
        if isinstance(event, Block):
            self._blocks.append(event)
        elif isinstance(event, NoteCall):
            key = call_key(path, event)
            if self._footnotes == "inline":
                self._blocks += self._notes.blocks(key)
            elif key not in self._late:
                self._late.append(key)
        elif isinstance(event, Note):
            if not event.id or not self._notes.is_called(f"{path}#{event.id}"):
                self._blocks.append(event.block)
        else:
            assert isinstance(event, Anchor)

    def finish(self) -> RawChapter:
        """Return the open chapter with its notes."""
        blocks, self._blocks = self._blocks, []
        for key in self._late:
            blocks += self._notes.blocks(key)
        self._late = []
        return RawChapter(self._title, blocks)


def call_key(path: str, call: NoteCall) -> str:
    """Key of the note that a document calls."""
    return f"{linked_path(path, call.path)}#{call.id}"


def linked_path(path: str, target: str) -> str:
    """Path in the book that ``target`` means in the document at ``path``."""
    if not target:
        return path
    joined = posixpath.join(posixpath.dirname(path), unquote(target))
    return posixpath.normpath(joined)
