"""Owns Announcement: tells the local network where the door is."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from edge_tts.errors import ConfigError

_TYPE = "_wyoming._tcp.local."
_MDNS = ("224.0.0.251", 5353)


class Announcement:
    """Answers mDNS queries of Home Assistant while it is started.

    Args:
        host: Address of the door; a wildcard stands for the one that others see.
        port: Of the door.

    Raises:
        ConfigError: The zeroconf package is missing.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            from zeroconf import ServiceInfo
            from zeroconf.asyncio import AsyncZeroconf
        except ImportError as error:
            raise ConfigError(
                "wyoming.zeroconf needs a package that is under the LGPL and therefore "
                "not part of the extras: pip install zeroconf"
            ) from error
        name = f"edge_tts-{socket.gethostname().partition('.')[0]}-{port}"
        self._info: Any = ServiceInfo(
            _TYPE,
            f"{name}.{_TYPE}",
            addresses=[ipaddress.ip_address(_visible(host)).packed],
            port=port,
        )
        self._make = AsyncZeroconf
        self._zeroconf: Any = None

    async def start(self) -> None:
        """Announce."""
        self._zeroconf = self._make()
        await self._zeroconf.async_register_service(self._info)

    async def stop(self) -> None:
        """Take it back."""
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_service(self._info)
            await self._zeroconf.async_close()
            self._zeroconf = None


def _visible(host: str) -> str:
    if not ipaddress.ip_address(host).is_unspecified:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Sends nothing: it only asks which way packets would leave.
        probe.connect(_MDNS)
        return str(probe.getsockname()[0])
