"""Owns Sentence: the unit that is spoken, stored, checked and redone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

JOINT: Final = -1
"""A pause that is none: even the silence that the voice makes at the end goes."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One stretch of text in one voice, and the silence behind it."""

    id: str
    """Stable name: content of the chapter and text, and which occurrence it is."""
    chapter: int
    """Number of its chapter, from 1."""
    text: str
    """What is spoken; may be shorter than a grammatical sentence (dialogue)."""
    voice: str
    """``PACK/SPEAKER``."""
    speed: float = 1.0
    """Ratio to the speaker's own tempo."""
    pitch: float = 0.0
    """Shift in semitones."""
    volume: float = 0.0
    """Gain in dB."""
    pause_ms: int = 0
    """Silence behind it, ms; ``JOINT`` within a phrase."""
    kind: str = "text"
    """``title`` or ``text``."""
    spans: str = ""
    """JSON of its spans where a word has a reading of its own, empty otherwise."""
