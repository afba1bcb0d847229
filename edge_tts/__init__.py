"""Text-to-speech on the CPU: INT8 voices that stream.

The public names are loaded on first use, so that ``import edge_tts`` stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_tts.audio import AudioChunk, AudioFormat
    from edge_tts.client.async_client import AsyncClient
    from edge_tts.client.client import Client
    from edge_tts.errors import EdgeTTSError
    from edge_tts.mel_vocoder import MelVocoder
    from edge_tts.options import RuntimeOptions, SynthesisOptions
    from edge_tts.synthesizer import Synthesizer

__version__ = "0.1.0"

__all__ = [
    "AsyncClient",
    "AudioChunk",
    "AudioFormat",
    "Client",
    "EdgeTTSError",
    "MelVocoder",
    "RuntimeOptions",
    "SynthesisOptions",
    "Synthesizer",
    "__version__",
]

_HOMES = {
    "AsyncClient": "edge_tts.client.async_client",
    "Client": "edge_tts.client.client",
    "AudioChunk": "edge_tts.audio",
    "AudioFormat": "edge_tts.audio",
    "EdgeTTSError": "edge_tts.errors",
    "MelVocoder": "edge_tts.mel_vocoder",
    "RuntimeOptions": "edge_tts.options",
    "SynthesisOptions": "edge_tts.options",
    "Synthesizer": "edge_tts.synthesizer",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
