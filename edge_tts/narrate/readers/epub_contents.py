"""Reads the table of contents of an EPUB: the nav document, else the NCX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from edge_tts.narrate.limits import MAX_NAV_ENTRIES
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.readers.chapter_assembly import linked_path
from edge_tts.narrate.readers.epub_archive import EpubArchive
from edge_tts.narrate.readers.epub_package import EpubPackage, xml_tokens
from edge_tts.narrate.readers.markup_names import roles
from edge_tts.narrate.readers.markup_tokens import EndTag, MarkupTokens, StartTag

_MAX_TITLE_CHARS: Final = 500
_NCX_TYPE: Final = "application/x-dtbncx+xml"
_Reader: TypeAlias = Callable[[MarkupTokens], Iterator[tuple[str, str, int]]]


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """One line of a table of contents."""

    title: str
    path: str
    """Of the document in the archive."""
    id: str
    """Of an element in it; empty for the whole document."""
    depth: int
    """1 for the outermost level."""


def contents_entries(
    archive: EpubArchive, package: EpubPackage, notices: Notices
) -> list[ContentsEntry]:
    """Entries in their order; empty if the book has no table of contents."""
    for item in package.items.values():
        if "nav" in item.properties:
            entries = _entries(archive, item.path, notices, _nav_entries)
            if entries:
                return entries
    ncx = package.items.get(package.ncx_id)
    paths = [ncx.path] if ncx is not None else []
    paths += [i.path for i in package.items.values() if i.media_type == _NCX_TYPE]
    for path in paths:
        entries = _entries(archive, path, notices, _ncx_entries)
        if entries:
            return entries
    return []


def _entries(
    archive: EpubArchive, path: str, notices: Notices, reader: _Reader
) -> list[ContentsEntry]:
    name = archive.find(path)
    if name is None:
        notices.add(f"{path} is missing from the EPUB")
        return []
    entries: list[ContentsEntry] = []
    for title, target, depth in reader(xml_tokens(archive, name, notices)):
        if len(entries) >= MAX_NAV_ENTRIES:
            break
        href, _, identity = target.partition("#")
        document = archive.find(linked_path(path, href))
        clean = " ".join(title.split())[:_MAX_TITLE_CHARS]
        if document is not None and clean:
            entries.append(ContentsEntry(clean, document, identity, depth))
    return entries


def _nav_entries(tokens: MarkupTokens) -> Iterator[tuple[str, str, int]]:
    depth = 0
    in_contents = in_link = False
    title, target = "", ""
    for token in tokens:
        if isinstance(token, str):
            title += token if in_link and len(title) < _MAX_TITLE_CHARS else ""
        elif isinstance(token, StartTag):
            if token.name == "nav":
                in_contents = "toc" in roles(token.attributes)
                depth = 0
            elif token.name == "ol":
                depth += 1
            elif token.name == "a" and in_contents:
                in_link, title = True, ""
                target = token.attributes.get("href", "")
        elif token.name == "nav":
            in_contents = False
        elif token.name == "ol":
            depth -= 1
        elif token.name == "a" and in_link:
            in_link = False
            if target:
                yield title, target, max(depth, 1)


def _ncx_entries(tokens: MarkupTokens) -> Iterator[tuple[str, str, int]]:
    depth = 0
    in_label = in_map = False
    title = ""
    for token in tokens:
        if isinstance(token, str):
            title += token if in_label and len(title) < _MAX_TITLE_CHARS else ""
        elif isinstance(token, EndTag):
            if token.name == "navpoint":
                depth -= 1
            elif token.name in ("text", "navlabel"):
                in_label = False
            elif token.name == "navmap":
                in_map = False
        elif token.name == "navmap":
            in_map = True
        elif token.name == "navpoint":
            depth += 1
            title = ""
        elif token.name == "text" and in_map:
            in_label, title = True, ""
        elif token.name == "content" and in_map:
            target = token.attributes.get("src", "")
            if target:
                yield title, target, max(depth, 1)
