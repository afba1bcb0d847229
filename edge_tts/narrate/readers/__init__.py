"""One reader per format; each yields chapters one after the other."""

from __future__ import annotations

from edge_tts.narrate.book import BookMetadata
from edge_tts.narrate.book_source import BookSource
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.read_options import BookFormat, ReadOptions
from edge_tts.narrate.read_result import ReadResult


def read_source(
    source: BookSource, format: BookFormat, options: ReadOptions, notices: Notices
) -> ReadResult:
    """Read with the reader of ``format``; its libraries are loaded here.

    Raises:
        TextError: The file cannot be read as that format.
        ConfigError: A library of the extra ``narrate`` is missing.
    """
    if format == "epub":
        from edge_tts.narrate.readers.epub import read_epub

        return read_epub(source, options, notices)
    from edge_tts.narrate.readers.decoding import decode_text
    from edge_tts.narrate.readers.html_document import declared_charset, read_html
    from edge_tts.narrate.readers.markdown_text import read_markdown
    from edge_tts.narrate.readers.plain_text import read_plain_text
    from edge_tts.narrate.readers.ssml_document import read_ssml

    data = source.read_text_bytes()
    declared = "" if format in ("text", "markdown") else declared_charset(data)
    text = decode_text(
        data, source.name, notices, wanted=options.encoding, declared=declared
    )
    del data
    if format == "html":
        return read_html(text, options, notices, BookMetadata())
    if format == "markdown":
        return read_markdown(text, options, notices)
    if format == "ssml":
        return read_ssml(text, notices)
    return read_plain_text(text, options, notices)
