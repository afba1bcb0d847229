"""Lines of a plain text to paragraphs, verse and scene breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from edge_tts.narrate.block import BlockKind

SCENE_BREAK: Final = re.compile(
    r"(?:[*\u2022\u00b7.~#=_+\u2013\u2014-][ \t\u00a0]*){3,80}"
    r"|[#*\u2042\u2766\u2619\u2767\u273d\u2726]"
)
_OPENERS: Final = "\"'\u201c\u2018([_"
_SIGNS: Final = frozenset("-*\u2022+")
_BULLET: Final = re.compile(r"(?:[-*\u2022+]|\(?\d{1,3}[.)])[ \t]+(?=\S)")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_LETTER_HYPHEN: Final = re.compile(r"[^\W\d_]-$")
_PARTED: Final = re.compile(r"[^\W\d_]+-$")
_WORD: Final = re.compile(r"[^\W\d_]+")
_MAX_WORD: Final = 64
_UNWRAPPED: Final = 120
"""Characters that no hard-wrapped line reaches."""
_SLACK: Final = 4
"""Columns that wrapping programs leave unused now and then."""
_MAX_WIDTH: Final = 100


def _never(word: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class LineGroup:
    """Lines that belong together."""

    kind: BlockKind
    lines: tuple[str, ...]
    """Without indentation; for a scene break none."""
    blank_before: int
    """Blank lines above."""


@dataclass(frozen=True, slots=True)
class LineLayout:
    """How the lines of a text were broken."""

    is_wrapped: bool
    """Whether paragraphs span lines; else each line is a paragraph."""
    width: int
    """Column at which lines were wrapped."""


def line_layout(text: str) -> LineLayout:
    """Find out how a text was wrapped."""
    lengths = sorted([len(line) for line in text.splitlines() if line.strip()])
    if not lengths:
        return LineLayout(True, 72)
    long = lengths[int(0.9 * (len(lengths) - 1))]
    if long > _UNWRAPPED or lengths[-1] > 8 * _UNWRAPPED:
        return LineLayout(False, long)
    width = lengths[int(0.98 * (len(lengths) - 1))]
    return LineLayout(True, min(width, _MAX_WIDTH))


def line_groups(text: str, layout: LineLayout) -> Iterator[LineGroup]:
    """Yield the paragraphs of a text in order."""
    group: list[str] = []
    blank = 0
    for line in _lines(text):
        if line.strip():
            group.append(line)
            continue
        if group:
            yield from _groups_of(group, layout, blank)
            group, blank = [], 0
        blank += 1
    if group:
        yield from _groups_of(group, layout, blank)


def joined(lines: Sequence[str], is_word: Callable[[str], bool] = _never) -> str:
    """Lines of a paragraph as one; a word that a hyphen parted becomes whole.

    Args:
        lines: Without indentation.
        is_word: Whether a lower-case word is written without a hyphen.
    """
    parts: list[str] = []
    for line in lines:
        last = parts[-1] if parts else ""
        if _LETTER_HYPHEN.search(last[-2:]) and line[:1].islower():
            parts[-1] = _joined_word(last, line, is_word)
        elif not parts or last.endswith(("--", "\u2014")):
            parts.append(line)
        else:
            parts += [" ", line]
    return _BLANKS.sub(" ", "".join(parts))


def _joined_word(text: str, line: str, is_word: Callable[[str], bool]) -> str:
    first = _PARTED.search(text[-_MAX_WORD:])
    second = _WORD.match(line)
    if first and second and is_word((first[0][:-1] + second[0]).lower()):
        return text[:-1] + line
    return text + line


def _lines(text: str) -> Iterator[str]:
    # Not splitlines: it also cuts at characters that are part of a line.
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def _groups_of(group: list[str], layout: LineLayout, blank: int) -> Iterator[LineGroup]:
    run: list[str] = []
    for line in group:
        if SCENE_BREAK.fullmatch(line.strip()):
            yield from _paragraphs(run, layout, blank)
            yield LineGroup(BlockKind.SCENE_BREAK, (), blank)
            run, blank = [], 0
        else:
            run.append(line)
    yield from _paragraphs(run, layout, blank)


def _paragraphs(run: list[str], layout: LineLayout, blank: int) -> Iterator[LineGroup]:
    if not run:
        return
    if not layout.is_wrapped:
        for line in run:
            yield LineGroup(*_item(line.strip()), blank)
            blank = 0
        return
    indents = [len(line) - len(line.lstrip()) for line in run]
    lines = [line.strip() for line in run]
    if _BULLET.match(lines[0]) and _is_list(lines):
        for item in _split(lines, [bool(_BULLET.match(line)) for line in lines]):
            yield LineGroup(BlockKind.LIST_ITEM, (_without_bullet(item),), blank)
            blank = 0
        return
    if _is_verse(lines, indents, layout):
        yield LineGroup(BlockKind.VERSE, tuple(lines), blank)
        return
    starts = [i >= 2 and min(indents) < i for i in indents]
    if len(run) > 1 and any(starts) and not all(starts[1:]):
        # Paragraphs told apart by the indentation of their first lines.
        for part in _split(lines, starts):
            yield LineGroup(BlockKind.PARAGRAPH, tuple(part), blank)
            blank = 0
        return
    kind = BlockKind.QUOTE if min(indents) >= 2 and len(run) > 1 else None
    yield LineGroup(kind or BlockKind.PARAGRAPH, tuple(lines), blank)


def _is_list(lines: list[str]) -> bool:
    num_bullets = sum(bool(_BULLET.match(line)) for line in lines)
    return num_bullets > 1 or lines[0][0] in _SIGNS


def _item(line: str) -> tuple[BlockKind, tuple[str, ...]]:
    if line[0] in _SIGNS and _BULLET.match(line):
        return BlockKind.LIST_ITEM, (_without_bullet([line]),)
    return BlockKind.PARAGRAPH, (line,)


def _without_bullet(lines: list[str]) -> str:
    text = joined(lines)
    # A number is part of the text, a bullet is not.
    return text if text[:1] in "(0123456789" else text[1:].lstrip()


def _is_verse(lines: list[str], indents: list[int], layout: LineLayout) -> bool:
    """Whether most lines end although the next word would have fitted."""
    if len(lines) < 2:
        return False
    short = 0
    for line, indent, following in zip(lines, indents, lines[1:], strict=False):
        word = following.split(" ", 1)[0]
        short += indent + len(line) + 1 + len(word) <= layout.width - _SLACK
    if short <= 0.6 * (len(lines) - 1):
        return False
    # A block quotation is wrapped earlier than the rest, but not at capitals.
    capitals = sum(
        not line.lstrip("\"'\u201c\u2018([_")[:1].islower() for line in lines
    )
    return min(indents) < 2 or capitals >= 0.8 * len(lines)


def _split(lines: list[str], starts: list[bool]) -> Iterator[list[str]]:
    part: list[str] = []
    for line, is_start in zip(lines, starts, strict=True):
        if is_start and part:
            yield part
            part = []
        part.append(line)
    yield part
