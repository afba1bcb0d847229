"""What the text layer yields: one stretch of speech as phonemes, tied to its source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Pause(Enum):
    """How an utterance parts from the next one."""

    CLAUSE = "clause"
    """The sentence goes on: it was too long for one utterance."""
    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"
    """A blank line, or the end of the text."""


@dataclass(frozen=True, slots=True)
class PhonemeToken:
    """One input symbol of an acoustic model."""

    symbol: str
    """Member of ``edge_tts.text.phonemes.SYMBOLS``."""
    stress: int
    """0: consonant or pause; 1, 2, 3: vowel with CMUdict stress 0, 1, 2."""
    word_position: int
    """Bit 0: first phoneme of a word; bit 1: last one."""


@dataclass(frozen=True, slots=True)
class WordSpan:
    """One written word (or number, or address) and the tokens that speak it."""

    text: str
    """Slice of the source."""
    start: int
    """Offset of the first character in the source."""
    end: int
    """Offset after the last character."""
    first_token: int
    last_token: int
    """Index of the last token, inclusive."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence, or a part of a sentence that is too long."""

    text: str
    """Slice of the source, from ``start`` to ``end``."""
    start: int
    """Offset of the first character in the source."""
    end: int
    """Offset after the last character."""
    tokens: tuple[PhonemeToken, ...]
    """Starts with SIL; ends with a stop, or with a comma, colon or semicolon."""
    words: tuple[WordSpan, ...]
    """In order; every one has at least one token."""
    pause: Pause
