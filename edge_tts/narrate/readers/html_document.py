"""Reads a single HTML document as a book."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.book import BookMetadata
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.raw_chapter import RawChapter
from edge_tts.narrate.read_options import ReadOptions
from edge_tts.narrate.read_result import ReadResult
from edge_tts.narrate.readers.chapter_assembly import ChapterAssembly, NoteIndex
from edge_tts.narrate.readers.markup_blocks import MarkupBlocks
from edge_tts.narrate.readers.markup_tokens import EndTag, MarkupTokens, StartTag

_HEADING: Final = re.compile(r"<h([1-6])[\s>]", re.IGNORECASE)
_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})|"
    rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.IGNORECASE,
)
_HEAD_CHARS: Final = 100_000
_AUTHOR_NAMES: Final = frozenset({"author", "dc.creator", "dcterms.creator"})


def declared_charset(data: bytes) -> str:
    """The encoding that an HTML or XML document names; empty if none."""
    found = _CHARSET.search(data, 0, 4096)
    return (found[1] or found[2]).decode("ascii") if found else ""


def read_html(
    text: str, options: ReadOptions, notices: Notices, metadata: BookMetadata
) -> ReadResult:
    """Read a document; chapters begin at its headings.

    Args:
        text: The document.
        options: What to leave out.
        notices: Gets a line for what was left out.
        metadata: What is known already; the head of the document fills the gaps.
    """
    is_xml = text.lstrip()[:5] == "<?xml"
    notes = NoteIndex()
    if options.footnotes != "skip":
        events = MarkupBlocks(options, Notices()).events(
            MarkupTokens(text, is_xml=is_xml)
        )
        notes.collect("", events)
    reader = _HtmlDocument(text, is_xml, options, notices, notes)
    return ReadResult(_metadata(text, is_xml, metadata), reader.chapters())


class _HtmlDocument:
    def __init__(
        self,
        text: str,
        is_xml: bool,
        options: ReadOptions,
        notices: Notices,
        notes: NoteIndex,
    ) -> None:
        self._tokens = MarkupTokens(text, is_xml=is_xml)
        self._blocks = MarkupBlocks(options, notices)
        self._assembly = ChapterAssembly(options.footnotes, notes)
        self._level = _chapter_level(text)
        self._last_level = 0

    def chapters(self) -> Iterator[RawChapter]:
        for event in self._blocks.events(self._tokens):
            if isinstance(event, Block) and event.kind is BlockKind.HEADING:
                yield from self._heading(event)
            self._assembly.add("", event)
        yield self._assembly.finish()

    def _heading(self, block: Block) -> Iterator[RawChapter]:
        if block.level > self._level:
            return
        assembly = self._assembly
        under = not assembly.is_empty and block.level > self._last_level > 0
        if under and not assembly.has_body:
            # The heading of a part, and that of its first chapter.
            assembly.retitle(f"{assembly.title} \u2013 {block.text}")
        else:
            yield from assembly.begin(block.text)
        self._last_level = block.level


def _chapter_level(text: str) -> int:
    """Level of the headings that start chapters."""
    counts = Counter(int(found[1]) for found in _HEADING.finditer(text))
    for level in range(1, 7):
        if counts[level] > 1:
            return level
    return min(counts, default=0)


def _metadata(text: str, is_xml: bool, known: BookMetadata) -> BookMetadata:
    title = author = language = ""
    in_title = False
    for token in MarkupTokens(text[:_HEAD_CHARS], is_xml=is_xml):
        if isinstance(token, str):
            title += token if in_title else ""
        elif isinstance(token, EndTag):
            in_title = False
            if token.name == "head":
                break
        else:
            assert isinstance(token, StartTag)
            in_title = token.name == "title" and not title
            if token.name == "body":
                break
            if token.name == "html":
                values = token.attributes
                language = values.get("lang") or values.get("xml:lang", "")
            name = token.attributes.get("name", "").lower()
            if token.name == "meta" and name in _AUTHOR_NAMES and not author:
                author = token.attributes.get("content", "")
    return BookMetadata(
        title=known.title or " ".join(title.split()),
        author=known.author or " ".join(author.split()),
        language=known.language or language.strip(),
        identifier=known.identifier,
        date=known.date,
        publisher=known.publisher,
        description=known.description,
    )
