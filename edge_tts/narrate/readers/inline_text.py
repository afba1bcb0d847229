"""Owns InlineText: the text of one paragraph while it is put together."""

from __future__ import annotations

import re
from typing import Final

from edge_tts.text.span import PLAIN, Emphasis, Span, SpeechStyle

_BLANKS: Final = re.compile(r"[ \t\n\r\f\v\u00a0\u2009\u202f]+")
_LINE_BLANKS: Final = re.compile(r"[ \t\f\v\u00a0]*\n[ \t\f\v\u00a0]*")
_STYLES: Final = {
    level: PLAIN if level is Emphasis.NONE else SpeechStyle(emphasis=level)
    for level in Emphasis
}


class InlineText:
    """Collects text, collapses white space, joins what is delivered alike."""

    def __init__(self) -> None:
        self._parts: list[tuple[str, Emphasis]] = []
        self._ends_blank = True
        self.num_lines = 1
        """Lines that ``line_break`` made."""

    def __bool__(self) -> bool:
        return any(not part.isspace() for part, _ in self._parts)

    @property
    def size(self) -> int:
        """Number of parts so far, for ``cut``."""
        return len(self._parts)

    def add(self, text: str, emphasis: Emphasis, *, keep_lines: bool = False) -> None:
        """Append text; with ``keep_lines`` its lines stay as they are."""
        if "\u00ad" in text:
            text = text.replace("\u00ad", "")
        if not keep_lines:
            text = _BLANKS.sub(" ", text)
            if self._ends_blank:
                text = text.lstrip(" ")
        if text:
            self._parts.append((text, emphasis))
            self._ends_blank = text[-1] in " \n"

    def separate(self, sign: str) -> None:
        """Put a sign behind the last word, as between the cells of a row."""
        while self._parts and not self._parts[-1][0].strip():
            self._parts.pop()
        if self._parts:
            text, emphasis = self._parts[-1]
            self._parts[-1] = (text.rstrip() + sign, emphasis)
            self._ends_blank = True

    def line_break(self) -> None:
        """End a line, as ``<br/>`` does."""
        self._parts.append(("\n", Emphasis.NONE))
        self._ends_blank = True
        self.num_lines += 1

    def cut(self, size: int) -> str:
        """Take away the parts behind ``size``; return their text."""
        removed = "".join([text for text, _ in self._parts[size:]])
        del self._parts[size:]
        self._ends_blank = not self._parts or self._parts[-1][0][-1] in " \n"
        return removed

    def text_behind(self, size: int) -> str:
        """Text of the parts behind ``size``."""
        return "".join([text for text, _ in self._parts[size:]])

    def take(self, *, keep_lines: bool) -> tuple[Span, ...]:
        """Return the spans, without blanks around, and start anew."""
        joined: list[tuple[str, Emphasis]] = []
        for text, emphasis in self._parts:
            # Blanks belong to whatever is before them.
            if joined and (joined[-1][1] is emphasis or text.isspace()):
                joined[-1] = (joined[-1][0] + text, joined[-1][1])
            elif text:
                joined.append((text, emphasis))
        self._parts, self._ends_blank, self.num_lines = [], True, 1
        clean = []
        for text, emphasis in joined:
            text = _LINE_BLANKS.sub("\n", text) if "\n" in text else text
            clean.append((text if keep_lines else text.replace("\n", " "), emphasis))
        return _trimmed(clean)


def _trimmed(parts: list[tuple[str, Emphasis]]) -> tuple[Span, ...]:
    while parts and not parts[0][0].strip():
        parts.pop(0)
    while parts and not parts[-1][0].strip():
        parts.pop()
    if not parts:
        return ()
    parts[0] = (parts[0][0].lstrip(), parts[0][1])
    parts[-1] = (parts[-1][0].rstrip(), parts[-1][1])
    return tuple([Span(text, _STYLES[emphasis]) for text, emphasis in parts])
