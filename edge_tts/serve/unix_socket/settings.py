"""Owns SocketSettings: where the socket is and what it puts up with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_tts.errors import ConfigError


@dataclass(frozen=True)
class SocketSettings:
    """The ``[socket]`` section.

    Raises:
        ConfigError: A value is out of range.
    """

    path: Path | None = None
    """None: in the user's runtime folder, or /run/edge_tts for root."""
    mode: str = "0600"
    """Permissions in octal; with 0660 a group may speak, but not stop the daemon."""
    max_connections: int = 256
    """Beyond it the one idle longest makes room."""
    idle_timeout_s: float = 600.0
    """A connection may be silent for so long between requests."""
    frame_timeout_s: float = 30.0
    """From the first byte of a frame to its last."""

    def __post_init__(self) -> None:
        if not (len(self.mode) == 4 and set(self.mode) <= set("01234567")):
            raise ConfigError(f'socket.mode must be like "0600", got {self.mode!r}')
        if self.max_connections < 1:
            raise ConfigError("socket.max_connections must be at least 1")
        if not (self.idle_timeout_s > 0.0 and self.frame_timeout_s > 0.0):
            raise ConfigError("the socket's timeouts must be above 0 seconds")
