"""The HTTP door: the OpenAI speech API, health, a page; knows no other door."""

from __future__ import annotations

from edge_tts.serve.http.door import HttpDoor
from edge_tts.serve.http.settings import HttpSettings

__all__ = ["HttpDoor", "HttpSettings"]
