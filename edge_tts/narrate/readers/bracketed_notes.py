"""What plain texts put in brackets: footnotes, page numbers, places of pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.read_options import ReadOptions
from edge_tts.narrate.readers.inline_marks import (
    NOTE_CALL,
    PAGE_NUMBER,
    emphasis_spans,
)
from edge_tts.text.span import Span

_NOTE: Final = re.compile(r"\[Footnote(?: ?[\w*]{1,4})?:", re.IGNORECASE)
_PICTURE: Final = re.compile(r"\[(?:Illustration|Image|Plate)\b:?", re.IGNORECASE)
_MAX_BLOCKS: Final = 20
"""Paragraphs of one note; a bracket that stays open further closes nothing."""


class BracketedNotes:
    """Takes the blocks of a text one by one and gives back those to read.

    Args:
        text: The whole text: numbers in brackets are calls only if it has footnotes.
        options: What to leave out.
        notices: Gets a line for what was left out.
    """

    def __init__(self, text: str, options: ReadOptions, notices: Notices) -> None:
        self._options = options
        self._notices = notices
        self._has_notes = _NOTE.search(text) is not None
        self._has_pages = PAGE_NUMBER.search(text) is not None
        self._kind = BlockKind.FOOTNOTE
        self._held: list[Block] = []
        self._at_end: list[Block] = []

    def feed(self, block: Block) -> list[Block]:
        """Return the blocks to read now."""
        if self._held:
            return self._hold(block)
        for pattern, kind in (
            (_NOTE, BlockKind.FOOTNOTE),
            (_PICTURE, BlockKind.CAPTION),
        ):
            found = pattern.match(block.text)
            if found is not None:
                self._kind = kind
                return self._opened(block, found.end())
        return self._clean(block)

    def at_end(self) -> list[Block]:
        """Return the notes of the chapter that ends."""
        unclosed = [kept for block in self._held for kept in self._clean(block)]
        blocks = unclosed + self._at_end
        self._held, self._at_end = [], []
        return blocks

    def _opened(self, block: Block, start: int) -> list[Block]:
        end = _closing_bracket(block.text)
        if end < 0:
            return self._hold(block)
        note = Block(self._kind, (Span(block.text[start:end].strip()),))
        rest = Block(block.kind, tuple(emphasis_spans(block.text[end + 1 :].lstrip())))
        return self._bracket(note) + self._clean(rest)

    def _hold(self, block: Block) -> list[Block]:
        """Keep the paragraphs of a long note together until its bracket closes."""
        self._held.append(block)
        closed = block.text.rstrip().endswith("]")
        if not closed and len(self._held) < _MAX_BLOCKS:
            return []
        held, self._held = self._held, []
        if not closed:
            return [kept for part in held for kept in self._clean(part)]
        return [kept for part in held for kept in self._bracket(self._stripped(part))]

    def _stripped(self, block: Block) -> Block:
        text = _PICTURE.sub("", _NOTE.sub("", block.text, 1), 1).strip()
        return Block(self._kind, (Span(text.removesuffix("]").strip()),))

    def _bracket(self, block: Block) -> list[Block]:
        if not block.text.strip():
            return []
        if block.kind is BlockKind.CAPTION:
            if self._options.alt_text:
                return [block]
            self._notices.add("left out the descriptions of pictures")
            return []
        if self._options.footnotes == "inline":
            return [block]
        if self._options.footnotes == "chapter_end":
            self._at_end.append(block)
        else:
            self._notices.add("left out the footnotes")
        return []

    def _clean(self, block: Block) -> list[Block]:
        if block.kind is BlockKind.SCENE_BREAK:
            return [block]
        spans = []
        for span in block.spans:
            text = span.text
            if self._has_notes:
                text = NOTE_CALL.sub("", text)
            if self._has_pages and not self._options.page_numbers:
                text = PAGE_NUMBER.sub("", text)
            if text:
                spans.append(replace(span, text=text))
        block = replace(block, spans=tuple(spans))
        return [block] if block.text.strip() else []


def _closing_bracket(text: str) -> int:
    """Offset of the bracket that closes the one at the start, -1 if none does."""
    depth = 0
    for index, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if depth == 0:
            return index
    return -1
