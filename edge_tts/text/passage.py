"""Owns Passage: spans to be spoken one after the other; and what is heard of them."""

from __future__ import annotations

from dataclasses import dataclass

from edge_tts.text.span import Span, SpeechStyle
from edge_tts.text.utterance import Utterance


@dataclass(frozen=True, slots=True)
class Passage:
    """Text with directions for its delivery: a sentence, a block, an SSML document."""

    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The written text."""
        return "".join([span.text for span in self.spans])

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the voices it asks for, each once, in order."""
        names = [span.style.voice for span in self.spans if span.text.strip()]
        return tuple(dict.fromkeys([name for name in names if name is not None]))


@dataclass(frozen=True, slots=True)
class SpokenPart:
    """An utterance and how to deliver it."""

    utterance: Utterance
    """Its offsets are those of the text of the whole passage."""
    style: SpeechStyle
    marks: tuple[tuple[int, str], ...] = ()
    """Marks: the token before which each lies, and its name."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A break that the author asked for; it replaces the usual pause."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class MarkPart:
    """A mark that lies behind all that was spoken so far."""

    name: str


PassagePart = SpokenPart | Silence | MarkPart
