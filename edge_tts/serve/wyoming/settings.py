"""Owns WyomingSettings: where the Wyoming door listens and what it puts up with."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from edge_tts.errors import ConfigError

DEFAULT_URI: Final = "tcp://127.0.0.1:10200"


@dataclass(frozen=True)
class WyomingSettings:
    """The ``[wyoming]`` section.

    Raises:
        ConfigError: A value is out of range.
    """

    uris: tuple[str, ...] = (DEFAULT_URI,)
    """``tcp://HOST:PORT``, ``unix:///PATH`` or ``stdio://``."""
    allowed_networks: tuple[str, ...] = ()
    """Who may connect over TCP, such as ``192.168.1.0/24``; empty for everybody who
    can. The protocol knows no password."""
    zeroconf: bool = False
    """Announce the first TCP address, so that Home Assistant finds it by itself."""
    voice_aliases: Mapping[str, str] = field(default_factory=dict)
    """Further names of voices."""
    max_text_chars: int = 50_000
    """Of one text, however many pieces it comes in."""
    max_event_nbytes: int = 1 << 20
    max_connections: int = 128
    event_timeout_s: float = 30.0
    """From the first byte of an event to its last."""
    idle_timeout_s: float = 600.0
    """A connection may be silent for so long between requests."""
    stall_timeout_s: float = 60.0
    """A client that reads nothing for so long is cut off."""

    def __post_init__(self) -> None:
        for name in ("max_text_chars", "max_connections"):
            if getattr(self, name) < 1:
                raise ConfigError(f"wyoming.{name} must be at least 1")
        if not 1024 <= self.max_event_nbytes <= 1 << 30:
            raise ConfigError("wyoming.max_event_nbytes must be 1024 to 1073741824")
        for name in ("event", "idle", "stall"):
            if not 0.0 < getattr(self, f"{name}_timeout_s") < 1e6:
                raise ConfigError(f"wyoming.{name}_timeout_s must be above 0 seconds")
        for uri in self.uris:
            split_uri(uri)
        self.networks()

    def networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """The allowed networks, parsed."""
        try:
            return [ipaddress.ip_network(n) for n in self.allowed_networks]
        except ValueError as error:
            raise ConfigError(f"wyoming.allowed_networks: {error}") from error


def split_uri(uri: str) -> SplitResult:
    """Check and split an address.

    Raises:
        ConfigError: It is none of the three kinds.
    """
    try:
        parts = urlsplit(uri)
        is_good = (
            (parts.scheme == "tcp" and bool(parts.hostname) and parts.port is not None)
            or (parts.scheme == "unix" and parts.path.startswith("/"))
            or parts.scheme == "stdio"
        )
    except ValueError:
        is_good = False
    if not is_good:
        raise ConfigError(
            f"wyoming.uris: expected tcp://HOST:PORT, unix:///PATH or stdio://, "
            f"got {uri!r:.80}"
        )
    return parts
