"""Owns MarkupBlocks: tags and text of HTML to the blocks of a book."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.limits import MAX_DEPTH
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.read_options import ReadOptions
from edge_tts.narrate.readers import markup_names as names
from edge_tts.narrate.readers.inline_text import InlineText
from edge_tts.narrate.readers.markup_context import MarkupContext
from edge_tts.narrate.readers.markup_tokens import StartTag, Token
from edge_tts.narrate.readers.text_lines import SCENE_BREAK
from edge_tts.text.span import Emphasis

_NOTE_NUMBER: Final = re.compile(
    r"\s*[\[({]?(?:\d{1,4}|[a-zA-Z]|[ivxlc]{1,6}|[*\u2020\u2021\u00a7\u00b6]{1,4})"
    r"[\])}]?\s*"
)
_BACK_LINK: Final = re.compile(
    r"\s*[\u21a9\u2191\u21b5\u2b05\u2190^]\ufe0e?\s*|\s*\[?(?:back|return)\]?\s*", re.I
)
_LAST_WORD: Final = re.compile(r"(\w+)\W*$")
_NUM_VERSE_LINES: Final = 3
_VERSE_CHARS: Final = 60
_LONG_CELL: Final = 200
"""Parts of a paragraph above which a cell of a table is a page, not a cell."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place between two blocks that something links to."""

    id: str


@dataclass(frozen=True, slots=True)
class NoteCall:
    """The block before calls a note."""

    path: str
    """Relative to the document; empty for the document itself."""
    id: str


@dataclass(frozen=True, slots=True)
class Note:
    """A block that belongs to a note; it stands where the document has it."""

    id: str
    """Empty where nothing can call it."""
    block: Block


MarkupEvent = Block | Anchor | NoteCall | Note


class MarkupBlocks:
    """One document; iterate over ``events``.

    Args:
        options: What to leave out.
        notices: Gets a line for what was left out.
        wanted_ids: Ids whose places are wanted.
    """

    def __init__(
        self,
        options: ReadOptions,
        notices: Notices,
        wanted_ids: frozenset[str] = frozenset(),
    ) -> None:
        self._options = options
        self._notices = notices
        self._wanted_ids = wanted_ids
        self.title = ""
        """Content of ``<title>``, once it has been read."""
        self._stack = [MarkupContext()]
        self._open: Counter[str] = Counter()
        self._raised = (-1, -1)
        self._text = InlineText()
        self._calls: list[NoteCall] = []
        self._ready: list[MarkupEvent] = []

    def events(self, tokens: Iterable[Token]) -> Iterator[MarkupEvent]:
        """Yield blocks in order, and what lies between them."""
        for token in tokens:
            if isinstance(token, str):
                self._add_text(token)
            elif isinstance(token, StartTag):
                self._start(token)
            else:
                self._end(token.name)
            if self._ready:
                yield from self._ready
                self._ready = []
        while len(self._stack) > 1:
            self._pop()
        self._flush()
        yield from self._ready
        self._ready = []

    def _add_text(self, text: str) -> None:
        top = self._stack[-1]
        if top.name == "title" and len(self.title) < 1000:
            self.title += text
        if not top.silent:
            self._text.add(text, top.emphasis, keep_lines=top.keep_lines)

    def _start(self, tag: StartTag) -> None:
        name, attributes = tag.name, tag.attributes
        if name == "body":
            # Nothing in a head that was left open is text; all behind it is.
            self._end("head")
        if name in names.BLOCKS:
            self._border(name)
            self._end("p")
        elif name in names.CELLS and self._text:
            self._text.separate(", ")
        identity = attributes.get("id") or attributes.get("name", "")
        if identity in self._wanted_ids:
            self._ready.append(Anchor(identity))
        if name in names.VOID:
            self._void(name, attributes)
        elif len(self._stack) < MAX_DEPTH:
            self._push(name, attributes)
            if tag.is_empty:
                self._end(name)

    def _push(self, name: str, attributes: Mapping[str, str]) -> None:
        top = self._stack[-1]
        context = top.child(name, attributes, self._text.size)
        roles = names.roles(attributes)
        if name == "q" and not context.silent:
            self._text.add("\u201c", context.emphasis)
        if name == "nav" or roles & names.CONTENTS:
            context = replace(context, silent=True)
        elif _is_page_break(roles, attributes):
            context = self._page_break(context, attributes)
        elif roles & names.NOTE_CALLS:
            self._call(attributes.get("href", ""))
            context = replace(context, silent=True)
        elif roles & names.BACKLINKS:
            context = replace(context, silent=True)
        elif names.has_class(attributes, names.LICENCE_WORDS):
            if not self._options.licence_text:
                self._notices.add("left out the Project Gutenberg licence")
                context = replace(context, silent=True)
        elif roles & (names.NOTES | names.NOTE_SECTIONS) or names.has_class(
            attributes, names.NOTE_WORDS
        ):
            context = self._note(context, attributes)
        elif top.note == "" and name in ("li", "p", "div", "aside", "dd"):
            # A section of notes: its parts with an id are the notes.
            context = self._note(context, attributes)
        self._stack.append(context)
        self._open[name] += 1

    def _note(
        self, context: MarkupContext, attributes: Mapping[str, str]
    ) -> MarkupContext:
        self._flush()
        if self._options.footnotes == "skip":
            self._notices.add("left out the footnotes")
            return replace(context, silent=True)
        return replace(
            context,
            note=attributes.get("id", ""),
            kind=BlockKind.FOOTNOTE,
            level=0,
            is_verse=False,
        )

    def _page_break(
        self, context: MarkupContext, attributes: Mapping[str, str]
    ) -> MarkupContext:
        if self._options.page_numbers and not context.silent:
            label = attributes.get("title") or attributes.get("aria-label", "")
            number = _LAST_WORD.search(label)
            if number is None:
                return context
            self._text.add(f" (page {number[1]}) ", Emphasis.NONE)
        return replace(context, silent=True)

    def _void(self, name: str, attributes: Mapping[str, str]) -> None:
        top = self._stack[-1]
        if top.silent:
            return
        if name == "hr":
            self._flush()
            if not names.has_class(attributes, names.RULE_WORDS):
                self._emit(Block(BlockKind.SCENE_BREAK))
        elif _is_page_break(names.roles(attributes), attributes):
            self._page_break(top, attributes)
        elif name == "br":
            self._text.line_break()
        elif name == "img" and attributes.get("alt", "").strip():
            if self._options.alt_text:
                self._text.add(f" {attributes['alt']} ", top.emphasis)
            else:
                self._notices.add("left out the descriptions of pictures")

    def _end(self, name: str) -> None:
        if not self._open[name]:
            return
        for depth in range(len(self._stack) - 1, 0, -1):
            if self._stack[depth].name == name:
                while len(self._stack) > depth:
                    self._pop()
                return

    def _pop(self) -> None:
        context = self._stack[-1]
        if context.name == "a" and context.link is not None and not context.silent:
            self._end_link(context, context.link)
        if context.name == "q" and not context.silent:
            self._text.add("\u201d", context.emphasis)
        if context.note is not None and self._stack[-2].note != context.note:
            self._flush()
        elif context.name in names.BLOCKS:
            self._border(context.name)
        elif context.name == "code" and context.keep_lines:
            self._flush()
        elif context.name == "sup":
            self._raised = (context.text_size, self._text.size)
        self._open[context.name] -= 1
        self._stack.pop()

    def _border(self, name: str) -> None:
        """A block starts or ends; in a cell of a table that is only a space."""
        in_row = self._in_table() and name not in ("tr", "table", "caption")
        if in_row and self._text.size < _LONG_CELL:
            self._text.add(" ", Emphasis.NONE)
        else:
            self._flush()

    def _in_table(self) -> bool:
        return self._stack[-1].kind is BlockKind.TABLE_ROW

    def _end_link(self, context: MarkupContext, target: str) -> None:
        """Notes are called by raised, linked numbers, whether marked as such or not."""
        text = self._text.text_behind(context.text_size)
        raised = context.in_sup or self._raised == (context.text_size, self._text.size)
        if context.note is not None and _BACK_LINK.fullmatch(text):
            self._text.cut(context.text_size)
        elif "#" in target and raised and _NOTE_NUMBER.fullmatch(text):
            self._text.cut(context.text_size)
            self._call(target)

    def _call(self, target: str) -> None:
        if self._options.footnotes != "skip" and self._stack[-1].note is None:
            path, _, identity = target.partition("#")
            self._calls.append(NoteCall(path, identity))

    def _flush(self) -> None:
        """End the paragraph that is open."""
        top = self._stack[-1]
        could_be_verse = self._text.num_lines >= _NUM_VERSE_LINES and top.kind in (
            BlockKind.PARAGRAPH,
            BlockKind.QUOTE,
        )
        keep_lines = top.keep_lines or top.is_verse or could_be_verse
        spans = self._text.take(keep_lines=keep_lines)
        if not spans:
            return
        block = Block(top.kind, spans, top.level)
        if SCENE_BREAK.fullmatch(block.text):
            block = Block(BlockKind.SCENE_BREAK)
        elif (top.is_verse and top.kind is not BlockKind.HEADING) or (
            could_be_verse and _has_short_lines(block.text)
        ):
            block = replace(block, kind=BlockKind.VERSE)
        elif could_be_verse:
            spans = tuple([replace(s, text=s.text.replace("\n", " ")) for s in spans])
            block = replace(block, spans=spans)
        self._emit(block)

    def _emit(self, block: Block) -> None:
        if block.kind is BlockKind.CODE and not self._options.code_blocks:
            self._notices.add("left out code")
        elif block.kind is BlockKind.TABLE_ROW and not self._options.tables:
            self._notices.add("left out the tables")
        elif self._stack[-1].note is not None:
            # What is left of a number that linked back is no text.
            if any(character.isalnum() for character in block.text):
                self._ready.append(Note(self._stack[-1].note, block))
        else:
            self._ready.append(block)
        self._ready += self._calls
        self._calls = []


def _is_page_break(roles: frozenset[str], attributes: Mapping[str, str]) -> bool:
    return bool(roles & names.PAGE_BREAKS) or names.has_class(
        attributes, names.PAGE_WORDS
    )


def _has_short_lines(text: str) -> bool:
    lines = text.split("\n")
    return max(len(line) for line in lines) <= _VERSE_CHARS
