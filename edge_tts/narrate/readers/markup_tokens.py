"""Cuts HTML and XML into tags and text, in linear time and whatever is broken in it.

No document type is looked at, nothing is fetched, only the entities of HTML are known:
there is nothing to expand. What cannot be a tag is text, so that no word gets lost.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_TAG: Final = re.compile(r"<(/?)([A-Za-z][^\s/>\x00<]{0,255})")
_ATTRIBUTE: Final = re.compile(
    r"[\s/]*(?:([^\s=>/\"'<][^\s=>/]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?"
    r"|[\"'=<])"
)
_TAG_END: Final = re.compile(r"[\s/]*>")
_LONG_NUMBER: Final = re.compile(r"&#(?:\d{8,}|[xX][0-9a-fA-F]{7,});?")
_MAX_ATTRIBUTES: Final = 200
_RAW: Final = frozenset({"script", "style", "xmp", "noembed", "noframes"})
"""Elements of HTML whose content is no markup and no text."""
_PLAIN: Final = frozenset({"title", "textarea"})
"""Elements of HTML whose content is text only."""


@dataclass(frozen=True, slots=True)
class StartTag:
    """``<name ...>``; names in lower case, without their prefix."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case, with their prefix."""
    is_empty: bool = False
    """Written as ``<name/>``."""


@dataclass(frozen=True, slots=True)
class EndTag:
    """``</name>``."""

    name: str


Token = StartTag | EndTag | str


class MarkupTokens:
    """Tokens of one document.

    Args:
        text: The document.
        is_xml: Whether ``<name/>`` closes any element, as in XHTML; in HTML only void
            elements are closed so.
    """

    def __init__(self, text: str, *, is_xml: bool) -> None:
        self._text = text
        self._is_xml = is_xml
        self._absent: set[str] = set()
        self._quotes_broken = False

    def __iter__(self) -> Iterator[Token]:
        text = self._text
        position, start = 0, 0
        while True:
            start = text.find("<", start)
            if start < 0:
                break
            token, end = self._markup(start)
            if end < 0:
                # Not markup: the sign is text.
                start += 1
                continue
            if start > position:
                yield unescaped(text[position:start])
            if token is not None:
                yield token
            position = start = end
            if isinstance(token, StartTag) and not (token.is_empty and self._is_xml):
                for raw in self._raw_content(token.name, position):
                    if isinstance(raw, int):
                        position = start = raw
                    else:
                        yield raw
        if position < len(text):
            yield unescaped(text[position:])

    def _markup(self, start: int) -> tuple[Token | None, int]:
        """The token at ``<`` and its end; -1 where there is none."""
        text = self._text
        found = _TAG.match(text, start)
        if found is not None:
            if found[1]:
                end = self._find(">", found.end())
                return EndTag(_local(found[2])), end + 1 if end >= 0 else -1
            return self._start_tag(found)
        if text.startswith("<!--", start):
            end = self._find("-->", start + 4)
            return None, end + 3 if end >= 0 else -1
        if text.startswith("<![CDATA[", start):
            end = self._find("]]>", start + 9)
            return (text[start + 9 : end], end + 3) if end >= 0 else (None, -1)
        if text.startswith(("<!", "<?", "</"), start):
            return None, self._declaration_end(start)
        return None, -1

    def _start_tag(self, found: re.Match[str]) -> tuple[Token | None, int]:
        text, position = self._text, found.end()
        attributes: dict[str, str] = {}
        if self._find(">", position) < 0:
            return None, -1
        if self._quotes_broken:
            end = self._find(">", position)
            return StartTag(_local(found[2])), end + 1 if end >= 0 else -1
        for _ in range(_MAX_ATTRIBUTES):
            stop = _TAG_END.match(text, position)
            if stop is not None:
                is_empty = text[stop.end() - 2] == "/"
                tag = StartTag(_local(found[2]), attributes, is_empty)
                return tag, stop.end()
            part = _ATTRIBUTE.match(text, position)
            if part is None:
                break
            if part[1]:
                value = part[2] or part[3] or part[4] or ""
                attributes.setdefault(part[1].lower(), unescaped(value))
            position = part.end()
        else:
            end = self._find(">", position)
            return StartTag(_local(found[2]), attributes), end + 1 if end >= 0 else -1
        # A quote was never closed. Looking for it again at each tag takes for ever.
        self._quotes_broken = True
        end = self._find(">", found.end())
        return StartTag(_local(found[2])), end + 1 if end >= 0 else -1

    def _declaration_end(self, start: int) -> int:
        end = self._find(">", start)
        opened = self._text.find("[", start, end) if end >= 0 else -1
        if opened >= 0 and self._text.startswith("<!", start):
            # A document type with declarations of its own: over them.
            closed = self._find("]", opened)
            end = self._find(">", closed) if closed >= 0 else end
        return end + 1 if end >= 0 else -1

    def _raw_content(self, name: str, start: int) -> Iterator[str | int]:
        """Text of an element without markup, then where it ends."""
        if self._is_xml or name not in _RAW | _PLAIN:
            return
        mark = f"</{name}"
        if mark in self._absent:
            return
        found = re.compile(re.escape(mark), re.IGNORECASE).search(self._text, start)
        if found is None:
            self._absent.add(mark)
            return
        content = self._text[start : found.start()]
        if content:
            yield unescaped(content) if name in _PLAIN else content
        yield found.start()

    def _find(self, mark: str, start: int) -> int:
        """``find`` that looks to the end for an absent mark only once."""
        if mark in self._absent:
            return -1
        found = self._text.find(mark, start)
        if found < 0:
            self._absent.add(mark)
        return found


def unescaped(text: str) -> str:
    """Text with the entities of HTML resolved."""
    if "&" not in text:
        return text
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text))


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
