"""Gives way before speech stutters: chunks, variants, a lighter voice."""

from __future__ import annotations

from edge_tts.adaptation.adaptation import Adaptation, LeadSeconds
from edge_tts.adaptation.fallback_voices import FallbackVoices
from edge_tts.adaptation.ladder import Ladder, Rung

__all__ = ["Adaptation", "FallbackVoices", "Ladder", "LeadSeconds", "Rung"]
