"""Text with directions for its delivery: what SSML, books and programs hand on.

A passage is a sequence of spans, read one after the other. Plain frozen values of
strings and numbers: equal passages have equal ``repr``, so they can be hashed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from edge_tts.errors import TextError

MAX_BREAK_MS: Final = 60_000
"""A longer silence is taken for a slip of the pen."""


class Emphasis(str, Enum):
    """How much a span stands out."""

    NONE = "none"
    REDUCED = "reduced"
    MODERATE = "moderate"
    STRONG = "strong"


class ReadingKind(str, Enum):
    """What ``Reading.value`` holds."""

    ALIAS = "alias"
    """Words to say instead of the written ones."""
    PHONEMES = "phonemes"
    """ARPAbet, ``|`` between words."""
    SAY_AS = "say-as"
    """What the written text is: ``characters``, ``cardinal``, ``date:dmy`` …"""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to pronounce a span that is not read as it is written."""

    kind: ReadingKind
    value: str


@dataclass(frozen=True, slots=True)
class SpeechStyle:
    """How to deliver a span; relative to the options of the whole synthesis."""

    voice: str | None = None
    """``SPEAKER`` or ``PACK/SPEAKER``; None is the voice that was asked for."""
    speed: float = 1.0
    """Factor on the tempo."""
    pitch: float = 0.0
    """Shift in semitones."""
    volume: float = 0.0
    """Gain in dB; -inf is silent."""
    emphasis: Emphasis = Emphasis.NONE
    language: str = ""
    """BCP 47 tag; empty is the language of the document."""


PLAIN: Final = SpeechStyle()


@dataclass(frozen=True, slots=True)
class Span:
    """Text delivered in one way, or silence, or a mark between two texts.

    Raises:
        TextError: Both text and a break or a mark, or a break that is too long.
    """

    text: str = ""
    """What is written; white space at the borders of spans counts."""
    style: SpeechStyle = PLAIN
    reading: Reading | None = None
    """How to read ``text`` where its letters mislead."""
    break_ms: int | None = None
    """Silence instead of text; takes the place of the usual pause."""
    mark: str | None = None
    """Name of a place that the listener of an index mark wants to hear about."""

    def __post_init__(self) -> None:
        if bool(self.text) + (self.break_ms is not None) + (self.mark is not None) > 1:
            raise TextError(
                f"a span is text or a break or a mark, got {self!r}; use several"
            )
        if self.break_ms is not None and not 0 <= self.break_ms <= MAX_BREAK_MS:
            raise TextError(
                f"a break must last 0 to {MAX_BREAK_MS} ms, got {self.break_ms}"
            )
