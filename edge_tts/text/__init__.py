"""English text to phonemes, without GPL code and without a neural runtime."""

from __future__ import annotations

from edge_tts.text.frontend import Frontend
from edge_tts.text.utterance import Pause, PhonemeToken, Utterance, WordSpan

__all__ = ["Frontend", "Pause", "PhonemeToken", "Utterance", "WordSpan"]
