"""English text to phonemes, without GPL code and without a neural runtime."""

from __future__ import annotations

from edge_tts.text.frontend import Frontend
from edge_tts.text.passage import Passage
from edge_tts.text.span import Span, SpeechStyle
from edge_tts.text.utterance import Pause, PhonemeToken, Utterance, WordSpan

__all__ = [
    "Frontend",
    "Passage",
    "Pause",
    "PhonemeToken",
    "Span",
    "SpeechStyle",
    "Utterance",
    "WordSpan",
]
