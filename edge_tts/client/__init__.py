"""Speech from a running daemon, over its Unix socket or HTTP."""

from __future__ import annotations

from edge_tts.client.async_client import AsyncClient
from edge_tts.client.client import Client

__all__ = ["AsyncClient", "Client"]
