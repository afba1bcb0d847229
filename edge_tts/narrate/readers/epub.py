"""Reads EPUB 2 and 3: documents in reading order, chapters by table of contents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from edge_tts.errors import TextError
from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.book import Cover
from edge_tts.narrate.book_source import BookSource
from edge_tts.narrate.limits import MAX_COVER_BYTES
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.raw_chapter import RawChapter
from edge_tts.narrate.read_options import ReadOptions
from edge_tts.narrate.read_result import ReadResult
from edge_tts.narrate.readers.chapter_assembly import ChapterAssembly, NoteIndex
from edge_tts.narrate.readers.decoding import decode_text
from edge_tts.narrate.readers.epub_archive import EpubArchive
from edge_tts.narrate.readers.epub_contents import ContentsEntry, contents_entries
from edge_tts.narrate.readers.epub_package import (
    EpubPackage,
    ManifestItem,
    read_package,
    refuse_protection,
)
from edge_tts.narrate.readers.html_document import declared_charset
from edge_tts.narrate.readers.markup_blocks import Anchor, MarkupBlocks
from edge_tts.narrate.readers.markup_tokens import MarkupTokens

_PICTURES: Final = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n", "image/png"))
_OTHER_SUFFIXES: Final = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|css|js|ttf|otf|woff2?|mp[34]|ogg|opf|ncx|smil|xml)$",
    re.IGNORECASE,
)
_OTHER_TYPES: Final = ("image/", "audio/", "video/", "font/", "text/css")
_IDS: Final = re.compile(r"\b(?:id|name)\s*=\s*[\"']([^\"'<>]{1,200})[\"']")


def read_epub(source: BookSource, options: ReadOptions, notices: Notices) -> ReadResult:
    """Read an EPUB; its documents are read when their chapters are.

    Raises:
        TextError: It is damaged, hostile, protected or no EPUB.
    """
    archive = EpubArchive(source)
    refuse_protection(archive, source.name, notices)
    package = read_package(archive, source.name, notices)
    cover = _cover(archive, package, notices)
    book = _Epub(archive, package, options, notices)
    return ReadResult(package.metadata, book.chapters(), cover)


class _Epub:
    def __init__(
        self,
        archive: EpubArchive,
        package: EpubPackage,
        options: ReadOptions,
        notices: Notices,
    ) -> None:
        self._archive = archive
        self._package = package
        self._options = options
        self._notices = notices
        notes = NoteIndex()
        self._assembly = ChapterAssembly(options.footnotes, notes)
        self._entries = _by_document(
            contents_entries(archive, package, notices), options.toc_depth
        )
        self._depth = 0
        if options.footnotes != "skip":
            for name in self._documents(linear_only=False):
                quiet = MarkupBlocks(options, Notices())
                notes.collect(name, quiet.events(self._tokens(name, Notices())))

    def chapters(self) -> Iterator[RawChapter]:
        for name in self._documents(linear_only=True):
            yield from self._document(name)
        yield self._assembly.finish()

    def _documents(self, *, linear_only: bool) -> Iterator[str]:
        """Names of the documents of the spine, each once."""
        seen = set()
        for key, is_linear in self._package.spine:
            item = self._package.items.get(key)
            if item is None or not _is_text(item):
                continue
            name = self._archive.find(item.path)
            if name is None:
                self._notices.add(f"{item.path} is missing from the EPUB")
            elif linear_only and not is_linear:
                self._notices.add("left out documents that are not in reading order")
            elif name not in seen:
                seen.add(name)
                yield name

    def _document(self, name: str) -> Iterator[RawChapter]:
        assembly = self._assembly
        text = self._text(name, self._notices)
        ids = frozenset(_IDS.findall(text))
        at_start: list[ContentsEntry] = []
        at_ids: dict[str, ContentsEntry] = {}
        for entry in self._entries.get(name, ()):
            if entry.id in ids:
                at_ids.setdefault(entry.id, entry)
            else:
                at_start.append(entry)
        if at_start:
            yield from self._begin(at_start[0])
        elif not self._entries:
            yield from assembly.begin("")
        blocks = MarkupBlocks(self._options, self._notices, frozenset(at_ids))
        for event in blocks.events(MarkupTokens(text, is_xml=_is_xml(name, text))):
            if isinstance(event, Anchor) and event.id in at_ids:
                yield from self._begin(at_ids.pop(event.id))
            assembly.add(name, event)
            if not assembly.title and _is_heading(event) and not self._entries:
                assembly.retitle(event.text if isinstance(event, Block) else "")

    def _begin(self, entry: ContentsEntry) -> Iterator[RawChapter]:
        assembly = self._assembly
        is_inner = entry.depth > self._depth > 0
        if is_inner and not assembly.is_empty and not assembly.has_body:
            # The page of a part holds a heading only: it opens its first chapter.
            assembly.retitle(f"{assembly.title} \u2013 {entry.title}")
        else:
            yield from assembly.begin(entry.title)
        self._depth = entry.depth

    def _tokens(self, name: str, notices: Notices) -> MarkupTokens:
        text = self._text(name, notices)
        return MarkupTokens(text, is_xml=_is_xml(name, text))

    def _text(self, name: str, notices: Notices) -> str:
        try:
            data = self._archive.read(name)
        except TextError as error:
            if "bomb" in str(error):
                raise
            # The other chapters of a damaged book are worth reading.
            notices.add(f"left out what cannot be read: {error}")
            return ""
        declared = declared_charset(data)
        try:
            return decode_text(data, name, notices, wanted=None, declared=declared)
        except TextError as error:
            notices.add(f"left out what cannot be read: {error}")
            return ""


def _by_document(
    entries: list[ContentsEntry], max_depth: int
) -> dict[str, list[ContentsEntry]]:
    outermost = [entry for entry in entries if entry.depth == 1]
    # A single entry around all others is the title of the book.
    shift = 1 if len(outermost) == 1 and len(entries) > 1 else 0
    found: dict[str, list[ContentsEntry]] = {}
    for entry in entries:
        if entry.depth <= max_depth + shift:
            found.setdefault(entry.path, []).append(entry)
    return found


def _is_text(item: ManifestItem) -> bool:
    return not item.media_type.startswith(_OTHER_TYPES) and (
        "html" in item.media_type or not _OTHER_SUFFIXES.search(item.path)
    )


def _is_xml(name: str, text: str) -> bool:
    return "<?xml" in text[:200] or not name.lower().endswith((".html", ".htm"))


def _is_heading(event: object) -> bool:
    return isinstance(event, Block) and event.kind is BlockKind.HEADING


def _cover(
    archive: EpubArchive, package: EpubPackage, notices: Notices
) -> Cover | None:
    item = package.items.get(package.cover_id)
    name = archive.find(item.path) if item is not None else None
    if name is None:
        return None
    try:
        data = archive.read(name, MAX_COVER_BYTES)
    except TextError as error:
        notices.add(f"left out the cover: {error}")
        return None
    for mark, media_type in _PICTURES:
        if data.startswith(mark):
            return Cover(data, media_type)
    notices.add("left out the cover: it is neither JPEG nor PNG")
    return None
