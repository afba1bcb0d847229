"""One reader per format; each yields chapters one after the other."""

from __future__ import annotations

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
    from edge_tts.narrate.readers.decoding import decode_text
    from edge_tts.narrate.readers.plain_text import read_plain_text

    data = source.read_text_bytes()
    text = decode_text(data, source.name, notices, wanted=options.encoding)
    return read_plain_text(text, options, notices)
