"""Voice packs: the format, its strict reader and writer, and the library of voices.

A pack is data only. Nothing here runs a network or knows a model family.
"""

from __future__ import annotations

from edge_tts.packs.manifest import Manifest
from edge_tts.packs.pack import Pack
from edge_tts.packs.pack_writer import PackWriter
from edge_tts.packs.speaker import Speaker
from edge_tts.packs.stage import Stage
from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.state_spec import StateSpec
from edge_tts.packs.tensor_file import TensorFile
from edge_tts.packs.tensor_spec import TensorSpec
from edge_tts.packs.variant import Variant

__all__ = [
    "Manifest",
    "Pack",
    "PackWriter",
    "Speaker",
    "Stage",
    "StageSignature",
    "StateSpec",
    "TensorFile",
    "TensorSpec",
    "Variant",
]
