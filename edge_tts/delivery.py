"""Joins what a text asks for with what the whole synthesis was asked for."""

from __future__ import annotations

from dataclasses import replace

from edge_tts.options import SynthesisOptions
from edge_tts.text.span import SpeechStyle


def styled(options: SynthesisOptions, style: SpeechStyle) -> SynthesisOptions:
    """Options for one utterance; what exceeds their ranges is held at the ends."""
    return replace(
        options,
        speed=min(max(options.speed * style.speed, 0.25), 4.0),
        pitch=min(max(options.pitch + style.pitch, -12.0), 12.0),
        volume=min(max(options.volume + style.volume, -60.0), 20.0),
    )
