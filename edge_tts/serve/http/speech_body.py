"""Owns SpeechBody: the body of a speech request, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edge_tts.audio.byte_encoder import can_encode_aac
from edge_tts.audio.subtitle_cues import SUBTITLE_FORMATS
from edge_tts.options import SynthesisOptions
from edge_tts.serve.http.json_body import Schema, check_object
from edge_tts.serve.request import Priority

MEDIA_TYPES: Final = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""Response format -> media type."""
PCM_RATE: Final = 24_000
"""What clients of the API expect of raw samples, which tell no rate, Hz."""
SAMPLE_RATES: Final = (8000, 16000, 22050, 24000, 44100, 48000)
NAME_PATTERN: Final = (
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?$"
)
"""Names of voices; no path gets through."""
REQUIRED: Final = ("model", "input")
TIMESTAMP_FORMATS: Final = ("json", *SUBTITLE_FORMATS)

_VOICE: Final[Schema] = {"type": "string", "maxLength": 129, "pattern": NAME_PATTERN}


def response_formats() -> tuple[str, ...]:
    """Formats that can be made here."""
    return tuple(name for name in MEDIA_TYPES if name != "aac" or can_encode_aac())


def speech_properties(max_text_chars: int) -> dict[str, Schema]:
    """Members of the body and their JSON Schemas, for checking and for the document."""
    return {
        "model": {"type": "string", "minLength": 1, "maxLength": 128},
        "input": {"type": "string", "minLength": 1, "maxLength": max_text_chars},
        "voice": {
            "anyOf": [
                _VOICE,
                {"type": "object", "properties": {"id": _VOICE}, "required": ["id"]},
            ]
        },
        "response_format": {"type": "string", "enum": list(response_formats())},
        "speed": {"type": "number", "minimum": 0.25, "maximum": 4.0},
        "instructions": {"type": "string", "maxLength": 4096},
        "stream_format": {"type": "string", "enum": ["audio", "sse"]},
        "pitch": {"type": "number", "minimum": -12.0, "maximum": 12.0},
        "volume": {"type": "number", "minimum": -60.0, "maximum": 20.0},
        "pause_ms": {"type": "integer", "minimum": 0, "maximum": 10_000},
        "seed": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
        "sample_rate": {"type": "integer", "enum": list(SAMPLE_RATES)},
        "ssml": {"type": "boolean"},
        "priority": {"type": "string", "enum": [p.name.lower() for p in Priority]},
        "deadline_s": {"type": "number", "minimum": 1.0, "maximum": 3600.0},
    }


def timestamp_properties(max_text_chars: int) -> dict[str, Schema]:
    """The same for the endpoint that also tells when each word is spoken."""
    return {
        **speech_properties(max_text_chars),
        "timestamp_format": {"type": "string", "enum": list(TIMESTAMP_FORMATS)},
    }


@dataclass(frozen=True)
class SpeechBody:
    """A request for speech whose values are within their ranges."""

    model: str
    text: str
    voice: str | None
    format: str
    """A key of ``MEDIA_TYPES``."""
    sample_rate: int | None
    """Rate asked for, Hz; None for what suits the format."""
    options: SynthesisOptions
    is_sse: bool
    ssml: bool
    priority: Priority
    deadline_s: float | None
    timestamp_format: str
    notices: tuple[str, ...]
    """What of the request has no effect."""

    @classmethod
    def parse(
        cls, value: Mapping[str, Any], properties: Mapping[str, Schema]
    ) -> SpeechBody:
        """Check the members of a body.

        Raises:
            ApiError: One is missing or unusable; names it.
        """
        check_object(value, properties, REQUIRED)
        voice = value.get("voice")
        options = {
            name: value[name] for name in ("speed", "pitch", "volume") if name in value
        }
        options |= {
            name: int(value[name]) for name in ("pause_ms", "seed") if name in value
        }
        format = value.get("response_format", "mp3")
        rate = value.get("sample_rate", PCM_RATE if format == "pcm" else None)
        ignored = [name for name in value if name not in properties]
        if value.get("instructions"):
            ignored.append("instructions")
        return cls(
            model=value["model"],
            text=value["input"],
            voice=voice["id"] if isinstance(voice, dict) else voice,
            format=format,
            sample_rate=None if rate is None else int(rate),
            options=SynthesisOptions(**options),
            is_sse=value.get("stream_format") == "sse",
            ssml=value.get("ssml", False),
            priority=Priority.parse(value.get("priority", "normal")),
            deadline_s=value.get("deadline_s"),
            timestamp_format=value.get("timestamp_format", "json"),
            notices=tuple(f"ignored: {_shown(name)}" for name in ignored[:8]),
        )

    @property
    def encoding(self) -> str:
        """Name for the encoder."""
        return "raw" if self.format == "pcm" else self.format


def _shown(name: str) -> str:
    """A member's name, fit for a header line."""
    kept = "".join(c for c in name[:40] if (c.isascii() and c.isalnum()) or c in "_-")
    return kept or "(no name)"
