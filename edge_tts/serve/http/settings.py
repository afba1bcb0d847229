"""Owns HttpSettings: where the HTTP door listens and what it puts up with."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from edge_tts.errors import ConfigError

DEFAULT_PORT: Final = 8880
OPENAI_VOICES: Final = MappingProxyType(
    {
        **dict.fromkeys(("alloy", "sage"), "kathleen"),
        **dict.fromkeys(("coral", "fable", "marin"), "lj"),
        **dict.fromkeys(("nova", "shimmer"), "slt"),
        **dict.fromkeys(("ash", "ballad", "cedar", "echo", "onyx", "verse"), "bdl"),
    }
)
"""Programs that name a voice of OpenAI's get one of ours, and a header that says so."""


@dataclass(frozen=True)
class HttpSettings:
    """The ``[http]`` section.

    Raises:
        ConfigError: A value is out of range, or others could speak without a token.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    """0 lets the system choose."""
    token: str | None = field(default=None, repr=False)
    """What clients send as ``Authorization: Bearer``; needed off loopback."""
    allowed_hosts: tuple[str, ...] = ()
    """Names clients may use for this machine, beside those of loopback."""
    cors_origins: tuple[str, ...] = ()
    """Web pages of these origins may use the door; empty for none."""
    voice_aliases: Mapping[str, str] = field(default_factory=lambda: OPENAI_VOICES)
    """Further names of voices."""
    page: bool = True
    """Whether ``/`` is a page to try voices with."""
    max_text_chars: int = 50_000
    max_body_nbytes: int = 1 << 20
    max_header_nbytes: int = 16 << 10
    max_connections: int = 1000
    header_timeout_s: float = 10.0
    """From the connection, or the first byte of a further request, to the last header
    line."""
    body_timeout_s: float = 20.0
    idle_timeout_s: float = 30.0
    """How long a connection may stay open between requests."""
    stall_timeout_s: float = 60.0
    """A client that reads nothing for so long is cut off."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ConfigError(f"http.port must be 0 to 65535, got {self.port}")
        for name in ("max_text_chars", "max_body_nbytes", "max_connections"):
            if getattr(self, name) < 1:
                raise ConfigError(f"http.{name} must be at least 1")
        if self.max_header_nbytes < 1024:
            raise ConfigError("http.max_header_nbytes must be at least 1024")
        for name in ("header", "body", "idle", "stall"):
            if not 0.0 < getattr(self, f"{name}_timeout_s") < 1e6:
                raise ConfigError(f"http.{name}_timeout_s must be above 0 seconds")
        if self.token is not None and not (
            self.token.isascii() and self.token.isprintable() and len(self.token) >= 16
        ):
            raise ConfigError(
                "http.token must be at least 16 printable ASCII characters; "
                "make one with `openssl rand -hex 16`"
            )
        if self.token is None and not self.is_loopback:
            raise ConfigError(
                f"http.host = {self.host} is reachable from other machines: set "
                "http.token, or listen on 127.0.0.1"
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
