"""Reads Markdown (CommonMark with tables and footnotes) as a book."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.errors import ConfigError
from edge_tts.narrate.book import BookMetadata
from edge_tts.narrate.notices import Notices
from edge_tts.narrate.read_options import ReadOptions
from edge_tts.narrate.read_result import ReadResult
from edge_tts.narrate.readers.html_document import read_html

_FRONT_MATTER: Final = re.compile(
    r"\A\ufeff?(---|\+\+\+)[ \t]*\n(.{0,20000}?)\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)",
    re.DOTALL,
)
_FIELD: Final = re.compile(
    r"^(title|author|lang|language|date|publisher|description)[ \t]*[:=][ \t]*(.+)$",
    re.MULTILINE | re.IGNORECASE,
)
_LINE_ENDS: Final = re.compile(r"\r\n?")
MAX_NESTING: Final = 20
"""Quotes and lists within each other; the parser takes deeper ones as text."""


def read_markdown(text: str, options: ReadOptions, notices: Notices) -> ReadResult:
    """Read a text; chapters begin at its headings.

    Raises:
        ConfigError: The libraries of the extra ``narrate`` are missing.
    """
    try:
        from markdown_it import MarkdownIt
        from mdit_py_plugins.footnote import footnote_plugin
    except ImportError as error:
        raise ConfigError(
            "Markdown needs more libraries: pip install 'edge-tts-runtime[narrate]'"
        ) from error
    text = _LINE_ENDS.sub("\n", text)
    metadata = BookMetadata()
    front = _FRONT_MATTER.match(text)
    if front is not None and _FIELD.search(front[2]):
        metadata = _metadata(front[2])
        text = text[front.end() :]
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"]).use(footnote_plugin)
    return read_html(parser.render(text), options, notices, metadata)


def _metadata(front_matter: str) -> BookMetadata:
    fields = {name.lower(): value for name, value in _FIELD.findall(front_matter)}
    values = {name: value.strip().strip("\"'[]") for name, value in fields.items()}
    return BookMetadata(
        title=values.get("title", ""),
        author=values.get("author", ""),
        language=values.get("lang", "") or values.get("language", ""),
        date=values.get("date", ""),
        publisher=values.get("publisher", ""),
        description=values.get("description", ""),
    )
