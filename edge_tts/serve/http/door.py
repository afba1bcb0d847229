"""Owns HttpDoor: listens, and stops without breaking off what is being spoken."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import uvicorn

from edge_tts.errors import ConfigError
from edge_tts.serve.broker import Broker
from edge_tts.serve.connection_table import ConnectionTable
from edge_tts.serve.http.application import build_application
from edge_tts.serve.http.connection import Connection, protocol_factory
from edge_tts.serve.http.endpoints import Endpoints
from edge_tts.serve.http.settings import HttpSettings

if TYPE_CHECKING:
    from edge_tts.serve.metrics import Metrics

_LOG = logging.getLogger(__name__)
_BACKLOG: Final = 1024
_ENCODERS: Final = 2


class HttpDoor:
    """Serves the OpenAI speech API and a page.

    Args:
        broker: Speaks.
        settings: Where to listen, and limits.
        metrics: What ``/metrics`` shows, and where answers are counted.
        sockets: Listening sockets that a service manager opened; they replace host
            and port.
    """

    def __init__(
        self,
        broker: Broker,
        settings: HttpSettings = HttpSettings(),  # noqa: B008 - frozen
        *,
        metrics: Metrics | None = None,
        sockets: Sequence[socket.socket] = (),
    ) -> None:
        self._settings = settings
        self._sockets = tuple(sockets)
        self._executor = ThreadPoolExecutor(_ENCODERS, "edge-encoder")
        self._metrics = metrics
        self._endpoints = Endpoints(broker, settings, self._executor, metrics)
        self._table = ConnectionTable(settings.max_connections)
        self._servers: list[asyncio.Server] = []

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of every socket it listens on."""
        return [
            listener.getsockname()[:2]
            for server in self._servers
            for listener in server.sockets
        ]

    @property
    def num_connections(self) -> int:
        """Clients connected now."""
        return len(self._table)

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: The address cannot be used.
        """
        config = uvicorn.Config(
            build_application(self._endpoints, self._settings, self._metrics),
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            ws="none",
            timeout_keep_alive=int(max(1.0, self._settings.idle_timeout_s)),
            h11_max_incomplete_event_size=self._settings.max_header_nbytes,
        )
        config.load()
        factory = protocol_factory(
            config, self._table, self._settings.header_timeout_s, self._metrics
        )
        loop = asyncio.get_running_loop()
        if self._sockets:
            self._check_given()
            self._servers = [
                await loop.create_server(factory, sock=listener, backlog=_BACKLOG)
                for listener in self._sockets
            ]
        else:
            host, port = self._settings.host, self._settings.port
            try:
                server = await loop.create_server(factory, host, port, backlog=_BACKLOG)
            except (OSError, OverflowError) as error:
                reason = getattr(error, "strerror", None) or error
                raise ConfigError(
                    f"http cannot listen on {host} port {port}: {reason}; "
                    "stop what does, or set http.port"
                ) from error
            self._servers = [server]
        for host, port in self.addresses:
            _LOG.info("http listens on %s port %d", host, port)

    def _check_given(self) -> None:
        """Refuse a port that others can reach and that asks for no token."""
        for listener in self._sockets:
            if listener.family == socket.AF_UNIX or self._settings.token is not None:
                continue
            host = listener.getsockname()[0]
            if not ipaddress.ip_address(host).is_loopback:
                raise ConfigError(
                    f"the service manager listens on {host}, which other machines can "
                    "reach: set http.token, or listen on 127.0.0.1"
                )

    async def stop(self, timeout_s: float = 5.0) -> None:
        """Take no more connections; cut off answers that are not done in time."""
        for server in self._servers:
            server.close()
        connections = [
            connection
            for connection in self._table.connections()
            if isinstance(connection, Connection)
        ]
        for connection in connections:
            connection.shutdown()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while len(self._table) and loop.time() < deadline:
            await asyncio.sleep(0.02)
        for left in self._table.connections():
            left.abort()
        # Tasks of aborted connections end in the next turns of the loop.
        await asyncio.sleep(0.05)
        for server in self._servers:
            await server.wait_closed()
        self._servers = []
        self._executor.shutdown(wait=False)
