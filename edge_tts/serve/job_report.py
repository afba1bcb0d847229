"""Owns JobReport: what became of one request, for metrics and logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from edge_tts.serve.request import Priority

Outcome = Literal["done", "cancelled", "deadline", "failed", "refused"]
"""``failed``: the daemon's fault; ``refused``: the request's."""


@dataclass(frozen=True)
class JobReport:
    """Figures of one finished request; holds no text."""

    outcome: Outcome
    voice: str
    """``PACK/SPEAKER``."""
    priority: Priority
    client: str
    waited_ms: float
    """From the request to the first work on it."""
    first_audio_ms: float | None
    """From the request to the first samples; None without any."""
    audio_seconds: float
    synthesis_seconds: float
    """Time of worker threads spent on it."""
    is_cached: bool = False
    """Whether the samples came from the phrase cache."""
    notices: tuple[str, ...] = ()
    """What of an SSML document was not understood."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Stage -> ``backend:precision``."""

    @property
    def rtf(self) -> float | None:
        """Worker seconds per second of audio; None without audio or from the cache."""
        if self.audio_seconds <= 0.0 or self.is_cached:
            return None
        return self.synthesis_seconds / self.audio_seconds
