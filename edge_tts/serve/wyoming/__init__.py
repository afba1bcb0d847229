"""The Wyoming door, for Home Assistant and its satellites; knows no other door."""

from __future__ import annotations

from edge_tts.serve.wyoming.door import WyomingDoor
from edge_tts.serve.wyoming.settings import WyomingSettings

__all__ = ["WyomingDoor", "WyomingSettings"]
