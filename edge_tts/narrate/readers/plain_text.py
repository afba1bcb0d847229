"""Reads plain text: hard-wrapped or not, with or without headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.book import BookMetadata
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.raw_chapter import RawChapter
from edge_tts.narrate.read_options import ReadOptions
from edge_tts.narrate.read_result import ReadResult
from edge_tts.narrate.readers.bracketed_notes import BracketedNotes
from edge_tts.narrate.readers.gutenberg import without_licence
from edge_tts.narrate.readers.headings import (
    HeadingMatch,
    heading_text,
    is_title,
    match_heading,
)
from edge_tts.narrate.readers.inline_marks import emphasis_spans
from edge_tts.narrate.readers.text_lines import (
    LineGroup,
    joined,
    line_groups,
    line_layout,
)
from edge_tts.text.lexicon import Lexicon
from edge_tts.text.roman import roman_value
from edge_tts.text.span import Span
from edge_tts.text.word_count import count_words

_LINE_ENDS: Final = re.compile(r"\r\n?|\u2028")
_PARAGRAPH_ENDS: Final = re.compile(r"[\f\u2029\x0b]")
_NUMBER_LINE: Final = re.compile(r"^[ \t]*([IVXLC]{1,8}|\d{1,3})\.?[ \t]*$", re.M)
_MAX_RUN: Final = 3
"""Headings without text between them; more are a table of contents."""


def read_plain_text(text: str, options: ReadOptions, notices: Notices) -> ReadResult:
    """Return what a text says about itself, and its chapters."""
    text = _PARAGRAPH_ENDS.sub("\n\n", _LINE_ENDS.sub("\n", text))
    metadata = BookMetadata()
    gutenberg = without_licence(text)
    if gutenberg is not None:
        metadata = gutenberg.metadata
        if not options.licence_text:
            text = gutenberg.body
            notices.add(
                "left out the Project Gutenberg licence "
                f"({count_words(gutenberg.removed)} words)"
            )
    return ReadResult(metadata, _PlainText(text, options, notices).chapters())


class _PlainText:
    """One pass over the paragraphs of a text."""

    def __init__(self, text: str, options: ReadOptions, notices: Notices) -> None:
        self._text = text
        self._notes = BracketedNotes(text, options, notices)
        self._lexicon = Lexicon()
        self._has_series = _has_number_series(text)
        self._title = ""
        self._blocks: list[Block] = []
        self._run: list[tuple[LineGroup, HeadingMatch]] = []
        self._subtitle: LineGroup | None = None

    def chapters(self) -> Iterator[RawChapter]:
        for group in line_groups(self._text, line_layout(self._text)):
            heading = self._heading(group)
            if heading is not None:
                self._run.append((group, heading))
                self._subtitle = None
                continue
            if self._is_subtitle(group):
                self._subtitle = group
                continue
            yield from self._end_run()
            self._blocks += self._notes.feed(self._block(group))
        yield from self._end_run()
        yield self._chapter()

    def _heading(self, group: LineGroup) -> HeadingMatch | None:
        if group.kind not in (
            BlockKind.PARAGRAPH,
            BlockKind.VERSE,
            BlockKind.QUOTE,
            BlockKind.LIST_ITEM,
        ):
            return None
        heading = match_heading(group.lines)
        if heading is not None and heading.bare and not self._has_series:
            return None
        return heading

    def _is_subtitle(self, group: LineGroup) -> bool:
        return (
            bool(self._run)
            and self._run[-1][1].wants_title
            and self._subtitle is None
            and group.kind is not BlockKind.SCENE_BREAK
            and is_title(group.lines)
        )

    def _end_run(self) -> Iterator[RawChapter]:
        """Make chapters of the headings that came last."""
        if not self._run:
            return
        run, self._run = self._run, []
        num_real = len(run)
        if num_real > _MAX_RUN:
            part_above = run[-2][1].is_part and not run[-1][1].is_part
            num_real = 2 if part_above else 1
        for group, _ in run[: len(run) - num_real]:
            text = joined(group.lines)
            self._blocks.append(Block(BlockKind.LIST_ITEM, (Span(text),)))
        if any(block.kind is not BlockKind.SCENE_BREAK for block in self._blocks):
            yield self._chapter()
        titles = []
        self._blocks = []
        for group, heading in run[len(run) - num_real :]:
            titles.append(heading_text(group.lines))
            self._blocks.append(self._heading_block(group, 1 + (not heading.is_part)))
        if self._subtitle is not None:
            titles.append(heading_text(self._subtitle.lines))
            self._blocks.append(self._heading_block(self._subtitle, 3))
            self._subtitle = None
        self._title = " \u2013 ".join(titles)

    def _chapter(self) -> RawChapter:
        return RawChapter(self._title, self._blocks + self._notes.at_end())

    def _heading_block(self, group: LineGroup, level: int) -> Block:
        text = joined(group.lines, self._is_word)
        return Block(BlockKind.HEADING, tuple(emphasis_spans(text)), level)

    def _block(self, group: LineGroup) -> Block:
        if group.kind is BlockKind.SCENE_BREAK:
            return Block(group.kind)
        if group.kind is BlockKind.VERSE:
            text = "\n".join(group.lines)
        else:
            text = joined(group.lines, self._is_word)
        return Block(group.kind, tuple(emphasis_spans(text)))

    def _is_word(self, word: str) -> bool:
        return self._lexicon.get(word) is not None


def _has_number_series(text: str) -> bool:
    """Whether lines that hold a number alone count I, II, III … or 1, 2, 3 …"""
    expected = 1
    for found in _NUMBER_LINE.finditer(text):
        number = found[1]
        value = int(number) if number[0].isdigit() else roman_value(number)
        if value == expected:
            expected += 1
        if expected > 2:
            return True
    return False
