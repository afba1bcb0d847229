"""Parses SSML into a passage; strict about XML, lenient about what it holds."""

from __future__ import annotations

import html.entities
import re
from typing import Final
from xml.parsers import expat

from edge_tts.errors import TextError
from edge_tts.text.passage import Passage
from edge_tts.text.ssml.builder import SsmlBuilder
from edge_tts.text.ssml.document import SsmlDocument
from edge_tts.text.ssml.limits import MAX_CHARS, MAX_DEPTH

_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def parse_ssml(text: str) -> SsmlDocument:
    """Parse a document.

    Nothing is fetched, and a document that declares entities is refused.

    Raises:
        TextError: It is no well-formed SSML, or larger or deeper than any real one.
    """
    if len(text) > MAX_CHARS:
        raise TextError(
            f"SSML: expected at most {MAX_CHARS >> 20} million characters, got "
            f"{len(text)}; split the document"
        )
    text = _SURROGATE.sub("\ufffd", text.lstrip("\ufeff \t\r\n"))
    builder = SsmlBuilder()
    parser = _Parser(builder)
    try:
        parser.expat.Parse(_ENTITY.sub(_resolved, text), True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code)
        raise TextError(
            f"SSML, line {error.lineno}, column {error.offset + 1}: {problem}; "
            "check that every element is closed and & is written &amp;"
        ) from error
    return SsmlDocument(Passage(builder.spans()), builder.language, builder.notices())


class _Parser:
    """Expat with everything off that reaches out or multiplies."""

    def __init__(self, builder: SsmlBuilder) -> None:
        self._builder = builder
        self._depth = 0
        self.expat = expat.ParserCreate()
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = builder.text
        self.expat.EntityDeclHandler = self._entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TextError(f"SSML: elements are nested deeper than {MAX_DEPTH}")
        local = name.rpartition(":")[2]
        if self._depth == 1 and local != "speak":
            raise TextError(
                f"SSML: expected <speak> around the text, got <{local[:40]}>"
            )
        self._builder.start(local, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._builder.end(name.rpartition(":")[2])

    def _entity(self, name: str, *rest: object) -> None:
        raise TextError(
            f"SSML: the document declares the entity {name[:40]!r}; write its text"
        )


def _resolved(found: re.Match[str]) -> str:
    """The character of an entity of HTML, which XML does not know."""
    name = found[1]
    if name in _XML_ENTITIES:
        return found[0]
    return html.entities.html5.get(name + ";", found[0])
