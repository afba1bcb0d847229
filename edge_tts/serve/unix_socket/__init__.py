"""The door for ``edgetts say`` and programs of the same user; knows no other door."""

from __future__ import annotations

from edge_tts.serve.unix_socket.door import SocketDoor
from edge_tts.serve.unix_socket.settings import SocketSettings

__all__ = ["SocketDoor", "SocketSettings"]
