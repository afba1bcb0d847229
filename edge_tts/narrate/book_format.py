"""Decides which reader takes a file: by its content first, by its suffix last."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.errors import TextError
from edge_tts.narrate.book_source import BookSource
from edge_tts.narrate.read_options import BookFormat

_SUFFIXES: Final[dict[str, BookFormat]] = {
    ".epub": "epub",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".xht": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".mkd": "markdown",
    ".ssml": "ssml",
    ".txt": "text",
    ".text": "text",
}
_FOREIGN: Final = (
    (b"%PDF-", "a PDF file: convert it to EPUB or text, for example with pdftotext"),
    (b"{\\rtf", "an RTF file: save it as EPUB or text"),
    (b"\xd0\xcf\x11\xe0", "a Word document: save it as EPUB or text"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"\x1f\x8b", "gzip data: unpack it first"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"ITOLITLS", "a Microsoft Reader book: convert it to EPUB"),
)
_SPEAK: Final = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*(?:<!DOCTYPE\s+speak\b|"
    rb"<(?:\w+:)?speak[\s>])",
    re.DOTALL,
)
_HTML: Final = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    rb"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])",
    re.DOTALL | re.IGNORECASE,
)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def book_format(source: BookSource) -> BookFormat:
    """Return the format of a file.

    Raises:
        TextError: It is of a kind that no reader takes.
    """
    head = source.head()
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "epub"
    for mark, kind in _FOREIGN:
        if head.startswith(mark):
            raise TextError(f"{source.name} is {kind}")
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        raise TextError(f"{source.name} is a Kindle book: convert it to EPUB")
    if source.suffix == ".epub":
        raise TextError(f"{source.name} is no EPUB: expected a zip archive")
    # Letters of UTF-16 are every second byte.
    text = head.removeprefix(_BYTE_ORDER_MARK)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = text[2:].replace(b"\0", b"")
    if _SPEAK.match(text):
        return "ssml"
    known = _SUFFIXES.get(source.suffix)
    if known is None and _HTML.match(text):
        return "html"
    return known or "text"
