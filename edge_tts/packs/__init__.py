"""Voice packs: the format, its strict reader and writer, and the library of voices.

A pack is data only. Nothing here runs a network or knows a model family. The records
are named tuples: to define a frozen dataclass takes seven times as long, and there are
two dozen of them between a command and its first sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_tts.packs.manifest import Manifest
from edge_tts.packs.pack import Pack
from edge_tts.packs.speaker import Speaker
from edge_tts.packs.stage import Stage
from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.state_spec import StateSpec
from edge_tts.packs.tensor_file import TensorFile
from edge_tts.packs.tensor_spec import TensorSpec
from edge_tts.packs.variant import Variant
from edge_tts.packs.voice_library import LibraryEntry, ResolvedVoice, VoiceLibrary

if TYPE_CHECKING:
    from edge_tts.packs.pack_installer import PackInstaller
    from edge_tts.packs.pack_writer import PackWriter

__all__ = [
    "LibraryEntry",
    "Manifest",
    "Pack",
    "PackInstaller",
    "PackWriter",
    "ResolvedVoice",
    "Speaker",
    "Stage",
    "StageSignature",
    "StateSpec",
    "TensorFile",
    "TensorSpec",
    "Variant",
    "VoiceLibrary",
]


def __getattr__(name: str) -> object:
    """Import the writing half when it is asked for: speaking never needs it."""
    if name == "PackInstaller":
        from edge_tts.packs.pack_installer import PackInstaller

        return PackInstaller
    if name == "PackWriter":
        from edge_tts.packs.pack_writer import PackWriter

        return PackWriter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
