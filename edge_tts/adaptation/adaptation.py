"""Adapts one text that is being heard while it is spoken."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from edge_tts.adaptation.cost_line import CostLine
from edge_tts.adaptation.fallback_voices import FallbackVoices
from edge_tts.adaptation.ladder import Ladder, Rung
from edge_tts.adaptation.live_chunks import LiveChunks
from edge_tts.metrics import SynthesisMetrics
from edge_tts.packs import Speaker
from edge_tts.voice import Voice

LeadSeconds: TypeAlias = Callable[[], float | None]
"""Seconds of speech that were delivered and not heard yet; None while nobody hears."""
_LOG = logging.getLogger(__name__)


class Adaptation:
    """Watches the reserve, and says with which voice and chunks to go on.

    Args:
        lead_seconds: Asked after every chunk.
        fallbacks: What the voice can fall back on.
        metrics: Where steps are counted.
    """

    def __init__(
        self,
        lead_seconds: LeadSeconds,
        fallbacks: FallbackVoices,
        metrics: SynthesisMetrics,
    ) -> None:
        self._lead_seconds = lead_seconds
        self._fallbacks = fallbacks
        self._metrics = metrics
        self._ladder = Ladder(fallbacks.rungs)
        self.cost = CostLine()
        """What chunks cost lately."""
        self.lead_s: float | None = None
        """The reserve when it was looked at last, s."""

    @property
    def rung(self) -> Rung:
        """What is given up now."""
        return self._ladder.rung

    def observe(self, made_s: float, spent_s: float) -> None:
        """Take note of a chunk before it is delivered."""
        self.lead_s = self._lead_seconds()
        if made_s > 0.0:
            self.cost.observe(made_s, spent_s)
        before = self._ladder.steps_down
        if not self._ladder.observe(made_s, spent_s, self.lead_s):
            return
        ladder = self._ladder
        direction = "down" if ladder.steps_down > before else "up"
        _LOG.info(
            "stepped %s to %s: %.2f s in reserve, %.2f s of work per second of speech",
            direction,
            ladder.rung,
            self.lead_s or 0.0,
            ladder.rtf or 0.0,
        )
        self._metrics.steps_down = ladder.steps_down
        self._metrics.steps_up = ladder.steps_up
        self._metrics.rungs.append(str(ladder.rung))
        # Ready by the next utterance, if all goes well.
        self._fallbacks.voice(ladder.rung)

    def voice(
        self, voice: Voice, speaker: Speaker | None
    ) -> tuple[Voice, Speaker | None]:
        """Who speaks the next utterance in place of a voice as planned."""
        other = self._fallbacks.voice(self._ladder.rung)
        if other is voice or not self._fallbacks.stands_in_for(voice):
            return voice, speaker
        stand_in = self._fallbacks.speaker(other, speaker)
        if stand_in is None and speaker is not None:
            # Only a lite pack with this speaker will do: nobody changes voices.
            return voice, speaker
        return other, stand_in

    def chunks(self, voice: Voice) -> LiveChunks:
        """Chunk sizes for the next utterance."""
        audio = voice.manifest.audio
        return LiveChunks(voice.plan.chunks, self, audio.hop_length / audio.sample_rate)
