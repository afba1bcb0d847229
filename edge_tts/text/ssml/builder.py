"""Owns SsmlBuilder: elements and text of SSML to spans."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from edge_tts.errors import TextError
from edge_tts.text.given_readings import reading_words
from edge_tts.text.say_as import is_known
from edge_tts.text.span import (
    MAX_BREAK_MS,
    PLAIN,
    Emphasis,
    Reading,
    ReadingKind,
    Span,
    SpeechStyle,
)
from edge_tts.text.ssml.limits import MAX_SPANS, MAX_WRITTEN
from edge_tts.text.ssml.phones import arpabet_of
from edge_tts.text.ssml.prosody import break_ms, with_pitch, with_rate, with_volume

_BLANKS: Final = re.compile(r"\s+")
_SENTENCE_END: Final = "\u2028"
_PARAGRAPH_END: Final = "\u2029"
_SILENT: Final = frozenset({"desc", "metadata", "meta", "lexicon", "lookup"})
_TRANSPARENT: Final = frozenset({"speak", "token", "w"})
_PROSODY: Final[dict[str, Callable[[SpeechStyle, str], SpeechStyle | None]]] = {
    "rate": with_rate,
    "pitch": with_pitch,
    "volume": with_volume,
}
_PROSODY_IGNORED: Final = ("contour", "range", "duration")
_MAX_NOTICES: Final = 50


@dataclass(slots=True)
class _Element:
    name: str
    style: SpeechStyle
    silent: bool = False
    reading: Reading | None = None
    """Of the element itself."""


class SsmlBuilder:
    """Takes elements and text in order."""

    def __init__(self) -> None:
        self.language = ""
        """``xml:lang`` of the root."""
        self._spans: list[Span] = []
        self._stack = [_Element("", PLAIN)]
        self._read_text: list[str] | None = None
        self._notices: dict[str, None] = {}
        self._ends_blank = True
        self._is_open = False
        """Whether a sentence is open that the end of an element would close."""

    def spans(self) -> tuple[Span, ...]:
        """Return what was built."""
        return tuple(self._spans)

    def notices(self) -> tuple[str, ...]:
        """Return what is not supported, each once."""
        return tuple(self._notices)

    def text(self, text: str) -> None:
        """Add text of the element that is open."""
        top = self._stack[-1]
        if top.silent:
            return
        text = _BLANKS.sub(" ", text)
        if self._read_text is not None:
            self._read_text.append(text)
            return
        if self._ends_blank:
            text = text.lstrip(" ")
        self._add_text(text, top.style)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        top = self._stack[-1]
        element = _Element(name, top.style, top.silent or name in _SILENT)
        if not element.silent:
            self._open(element, attributes)
        elif name == "lexicon":
            self._notice("<lexicon> is not read: give a user lexicon with --lexicon")
        self._stack.append(element)

    def end(self, name: str) -> None:
        """Close the element that is open."""
        element = self._stack.pop()
        if element.reading is not None and self._read_text is not None:
            text, self._read_text = "".join(self._read_text), None
            self._add_reading(text, element)
        elif element.silent or self._read_text is not None:
            return
        elif name in ("p", "paragraph"):
            self._boundary(_PARAGRAPH_END)
        elif name in ("s", "sentence"):
            self._boundary(_SENTENCE_END)

    def _open(self, element: _Element, attributes: Mapping[str, str]) -> None:
        name = element.name
        if "xml:lang" in attributes:
            self._language(element, attributes["xml:lang"].strip())
        if name == "break":
            self._break(attributes)
        elif name in ("mark", "bookmark"):
            # Other vendors' bookmark carries its name in another attribute.
            self._add(Span(mark=attributes.get("name", attributes.get("mark", ""))))
        elif name in ("p", "paragraph") and self._read_text is None:
            self._boundary(_PARAGRAPH_END)
        elif name in ("s", "sentence") and self._read_text is None:
            self._boundary(_SENTENCE_END)
        elif name == "prosody":
            self._prosody(element, attributes)
        elif name == "emphasis":
            self._emphasis(element, attributes.get("level", "moderate").strip())
        elif name == "voice":
            self._voice(element, attributes)
        elif name in ("say-as", "sub", "phoneme"):
            self._reading(element, attributes)
        elif name == "audio":
            self._notice("<audio> is not played: the text inside is read")
        elif name not in _TRANSPARENT and name not in (
            "lang",
            "p",
            "paragraph",
            "s",
            "sentence",
        ):
            self._notice(f"<{name[:40]}> is not supported: the text inside is read")

    def _language(self, element: _Element, language: str) -> None:
        if len(self._stack) == 1:
            self.language = language
        elif language.lower() != element.style.language.lower():
            element.style = replace(element.style, language=language)
        if not language.lower().startswith("en"):
            self._notice(f"language {language[:40]!r} is read with English sounds")

    def _break(self, attributes: Mapping[str, str]) -> None:
        length = break_ms(attributes.get("time"), attributes.get("strength"))
        if length is None:
            shown = attributes.get("time", attributes.get("strength", ""))
            self._notice(f"<break> of {shown[:40]!r} is not understood: left out")
        elif length > MAX_BREAK_MS:
            self._notice(f"<break> is cut to {MAX_BREAK_MS // 1000} s")
            self._add(Span(break_ms=MAX_BREAK_MS))
        else:
            self._add(Span(break_ms=length))

    def _prosody(self, element: _Element, attributes: Mapping[str, str]) -> None:
        for name, apply in _PROSODY.items():
            value = attributes.get(name)
            if value is not None:
                style = apply(element.style, value.strip())
                if style is None:
                    self._notice(f"prosody {name} {value[:40]!r} is not understood")
                else:
                    element.style = style
        for name in _PROSODY_IGNORED:
            if name in attributes:
                self._notice(f"prosody {name} is not supported")

    def _emphasis(self, element: _Element, level: str) -> None:
        try:
            element.style = replace(element.style, emphasis=Emphasis(level))
        except ValueError:
            self._notice(f"emphasis {level[:40]!r} is not understood")

    def _voice(self, element: _Element, attributes: Mapping[str, str]) -> None:
        names = attributes.get("name", "").split()
        if names:
            element.style = replace(element.style, voice=names[0])
        elif attributes:
            self._notice("<voice> without a name changes nothing: name a voice")

    def _reading(self, element: _Element, attributes: Mapping[str, str]) -> None:
        if self._read_text is not None:
            # One reading within another: the outer one says how all of it is read.
            return
        if element.name == "sub":
            element.reading = Reading(ReadingKind.ALIAS, attributes.get("alias", ""))
        elif element.name == "say-as":
            kind = attributes.get("interpret-as", "").strip().lower()
            detail = attributes.get("format", "").strip().lower()
            if not is_known(kind):
                self._notice(f"say-as {kind[:40]!r} is not supported: read as written")
            value = f"{kind}:{detail}" if detail else kind
            element.reading = Reading(ReadingKind.SAY_AS, value)
        else:
            element.reading = self._phonemes(attributes)
        if element.reading is not None:
            self._read_text = []

    def _phonemes(self, attributes: Mapping[str, str]) -> Reading | None:
        phones = attributes.get("ph", "")
        try:
            found = arpabet_of(attributes.get("alphabet", ""), phones)
        except TextError as error:
            self._notice(f"phoneme {phones[:60]!r}: {error}; read as written")
            return None
        return Reading(ReadingKind.PHONEMES, found) if found else None

    def _add_reading(self, text: str, element: _Element) -> None:
        reading = element.reading
        assert reading is not None
        written = text.strip()
        if text[:1] == " " and not self._ends_blank:
            self._add_text(" ", element.style)
        if reading.kind is ReadingKind.ALIAS and not reading.value.strip():
            reading = None
        elif not written and reading.kind is not ReadingKind.SAY_AS:
            # Nothing is written: what is said is shown.
            written = _BLANKS.sub(" ", reading.value).strip()
            if reading.kind is ReadingKind.ALIAS:
                reading = None
        if reading is not None and written:
            reading, written = self._speakable(reading, written)
        self._add_text(written, element.style, reading)
        if text[-1:] == " " and text.strip():
            self._add_text(" ", element.style)

    def _speakable(self, reading: Reading, written: str) -> tuple[Reading | None, str]:
        """A reading that one breath can hold; else its text, or the written one."""
        try:
            words = reading_words(reading, written)
            if len(written) > MAX_WRITTEN and reading.kind is not ReadingKind.SAY_AS:
                raise TextError(f"more than {MAX_WRITTEN} characters for one reading")
        except TextError as error:
            if reading.kind is ReadingKind.ALIAS:
                return None, _BLANKS.sub(" ", reading.value).strip()
            self._notice(f"{error}; read as written")
            return None, written
        return (reading if words else None), written

    def _boundary(self, mark: str) -> None:
        if self._is_open:
            self._add_text(mark, PLAIN)
            self._is_open = False
        elif mark == _PARAGRAPH_END and self._spans[-1:] == [Span(_SENTENCE_END)]:
            self._spans[-1] = Span(_PARAGRAPH_END)

    def _add_text(
        self, text: str, style: SpeechStyle, reading: Reading | None = None
    ) -> None:
        if text:
            self._add(Span(text, style, reading))
            self._ends_blank = text[-1].isspace()
            self._is_open = self._is_open or not text.isspace()

    def _add(self, span: Span) -> None:
        if len(self._spans) >= MAX_SPANS:
            raise TextError(
                f"SSML: expected at most {MAX_SPANS} pieces, got more; split it"
            )
        self._spans.append(span)

    def _notice(self, line: str) -> None:
        if len(self._notices) < _MAX_NOTICES:
            shown = "".join(c if c.isprintable() else " " for c in line)
            self._notices.setdefault(shown)
