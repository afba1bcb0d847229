"""Owns SpeechCall: what a client asks of a daemon, whatever way it goes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from edge_tts.options import SynthesisOptions


@dataclass(frozen=True)
class SpeechCall:
    """All of a request but its text; values are checked by the daemon."""

    voice: str | None = None
    options: SynthesisOptions = field(default_factory=SynthesisOptions)
    ssml: bool = False
    priority: str = "interactive"
    deadline_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields of a request on the socket."""
        return asdict(self)
