"""Reads what an EPUB says about itself: container, package, protection."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from edge_tts.errors import TextError
from edge_tts.narrate.book import BookMetadata
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.readers.chapter_assembly import linked_path
from edge_tts.narrate.readers.decoding import decode_text
from edge_tts.narrate.readers.epub_archive import EpubArchive
from edge_tts.narrate.readers.html_document import declared_charset
from edge_tts.narrate.readers.markup_tokens import EndTag, MarkupTokens, StartTag

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_FONT_METHODS: Final = frozenset(
    {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#rc"}
)
"""Obfuscated fonts are no protection of the text."""
_MAX_ITEMS: Final = 20_000
_MAX_FIELD_CHARS: Final = 10_000
_TAGS: Final = re.compile(r"<[^<>]{0,1000}>")


@dataclass(frozen=True, slots=True)
class ManifestItem:
    """A file that the package lists."""

    path: str
    media_type: str
    properties: frozenset[str]


@dataclass(slots=True)
class EpubPackage:
    """The package document."""

    path: str
    items: dict[str, ManifestItem] = field(default_factory=dict)
    spine: list[tuple[str, bool]] = field(default_factory=list)
    """Ids of the documents in reading order, and whether they are linear."""
    ncx_id: str = ""
    cover_id: str = ""
    metadata: BookMetadata = field(default_factory=BookMetadata)


def xml_tokens(archive: EpubArchive, name: str, notices: Notices) -> MarkupTokens:
    """Tokens of an XML file in the archive, whatever its encoding."""
    data = archive.read(name)
    declared = declared_charset(data)
    text = decode_text(data, name, notices, wanted=None, declared=declared)
    return MarkupTokens(text, is_xml=True)


def refuse_protection(archive: EpubArchive, book_name: str, notices: Notices) -> None:
    """Raise if the text is encrypted.

    Raises:
        TextError: It is; fonts alone may be.
    """
    name = archive.find(_ENCRYPTION)
    if name is None:
        return
    method = ""
    for token in xml_tokens(archive, name, notices):
        if not isinstance(token, StartTag):
            continue
        if token.name == "encryptionmethod":
            method = token.attributes.get("algorithm", "").strip().lower()
        elif token.name == "cipherreference" and method not in _FONT_METHODS:
            scheme = _protection_scheme(archive)
            raise TextError(
                f"{book_name} is protected against copying ({scheme}): its text is "
                "encrypted and cannot be read; get it without DRM"
            )


def read_package(archive: EpubArchive, book_name: str, notices: Notices) -> EpubPackage:
    """Read the package document.

    Raises:
        TextError: There is none, or it lists nothing to read.
    """
    path = _package_path(archive, notices)
    if path is None:
        raise TextError(
            f"{book_name} is a zip archive but no EPUB: it has no package document; "
            "unpack it and give the book inside"
        )
    package = EpubPackage(path)
    reader = _PackageReader(package)
    for token in xml_tokens(archive, path, notices):
        if isinstance(token, StartTag):
            reader.start(token)
        elif isinstance(token, EndTag):
            reader.end(token.name)
        else:
            reader.text(token)
    package.metadata = reader.metadata()
    if not package.spine:
        notices.add("the EPUB has no reading order: its files are read as listed")
        package.spine = [(key, True) for key in package.items]
    return package


def _package_path(archive: EpubArchive, notices: Notices) -> str | None:
    container = archive.find(_CONTAINER)
    if container is not None:
        for token in xml_tokens(archive, container, notices):
            if isinstance(token, StartTag) and token.name == "rootfile":
                found = archive.find(token.attributes.get("full-path", ""))
                if found is not None:
                    return found
    packages = [name for name in archive.names if name.lower().endswith(".opf")]
    return min(packages, key=len, default=None)


def _protection_scheme(archive: EpubArchive) -> str:
    if archive.find("META-INF/sinf.xml") is not None:
        return "Apple FairPlay"
    if archive.find("META-INF/license.lcpl") is not None:
        return "Readium LCP"
    if archive.find("META-INF/rights.xml") is not None:
        return "Adobe ADEPT"
    return "unknown DRM"


class _PackageReader:
    """Collects the parts of a package document as its tags come."""

    def __init__(self, package: EpubPackage) -> None:
        self._package = package
        self._open = ""
        self._attributes: Mapping[str, str] = {}
        self._text: list[str] = []
        self._fields: dict[str, list[tuple[Mapping[str, str], str]]] = {}
        self._unique_id = ""
        self._in_metadata = False

    def start(self, tag: StartTag) -> None:
        attributes, package = tag.attributes, self._package
        if tag.name == "package":
            self._unique_id = attributes.get("unique-identifier", "")
        elif tag.name == "metadata":
            self._in_metadata = True
        elif tag.name == "manifest":
            self._in_metadata = False
        elif tag.name == "item" and len(package.items) < _MAX_ITEMS:
            self._item(attributes)
        elif tag.name == "spine":
            package.ncx_id = attributes.get("toc", "")
        elif tag.name == "itemref" and len(package.spine) < _MAX_ITEMS:
            is_linear = attributes.get("linear", "yes").strip().lower() != "no"
            package.spine.append((attributes.get("idref", ""), is_linear))
        elif tag.name == "meta" and attributes.get("name", "").lower() == "cover":
            package.cover_id = package.cover_id or attributes.get("content", "")
        self._open, self._attributes, self._text = tag.name, attributes, []

    def text(self, text: str) -> None:
        if self._in_metadata and len(self._text) < 1000:
            self._text.append(text)

    def end(self, name: str) -> None:
        if name == "metadata":
            self._in_metadata = False
        if self._in_metadata and name == self._open:
            value = " ".join("".join(self._text).split())[:_MAX_FIELD_CHARS]
            found = self._fields.setdefault(name, [])
            if value and len(found) < 100:
                found.append((self._attributes, value))
        self._text = []

    def metadata(self) -> BookMetadata:
        identifiers = self._fields.get("identifier", [])
        own = [v for a, v in identifiers if a.get("id", "") == self._unique_id]
        return BookMetadata(
            title=self._first("title"),
            author=", ".join(dict.fromkeys(self._authors())),
            language=self._first("language"),
            identifier=next(iter(own), self._first("identifier")),
            date=self._first("date"),
            publisher=self._first("publisher"),
            description=" ".join(
                _TAGS.sub(" ", html.unescape(self._first("description"))).split()
            ),
        )

    def _item(self, attributes: Mapping[str, str]) -> None:
        identity, href = attributes.get("id", ""), attributes.get("href", "")
        item = ManifestItem(
            linked_path(self._package.path, href.partition("#")[0]),
            attributes.get("media-type", "").strip().lower(),
            frozenset(attributes.get("properties", "").lower().split()),
        )
        if href:
            self._package.items.setdefault(identity, item)
        if "cover-image" in item.properties:
            self._package.cover_id = identity

    def _authors(self) -> list[str]:
        creators = self._fields.get("creator", [])
        writers = [v for a, v in creators if a.get("opf:role", "aut") == "aut"]
        return writers or [value for _, value in creators]

    def _first(self, name: str) -> str:
        return next((value for _, value in self._fields.get(name, [])), "")
