"""Owns WyomingDoor: listens on TCP, Unix sockets or standard input."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import socket
import stat
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_tts.errors import ConfigError, EdgeTTSError
from edge_tts.serve.broker import Broker
from edge_tts.serve.connection_table import ConnectionTable
from edge_tts.serve.voice_names import VoiceNames
from edge_tts.serve.wyoming.announcement import Announcement
from edge_tts.serve.wyoming.connection import Connection
from edge_tts.serve.wyoming.event_reader import LINE_NBYTES
from edge_tts.serve.wyoming.settings import WyomingSettings, split_uri

if TYPE_CHECKING:
    from edge_tts.serve.metrics import Metrics

_LOG = logging.getLogger(__name__)
_BACKLOG: Final = 256


class WyomingDoor:
    """Serves the Wyoming protocol.

    Args:
        broker: Speaks.
        settings: Where to listen, and limits.
        metrics: Counts connections and answers.
        sockets: Listening sockets that a service manager opened; they replace
            ``uris``.
        on_end: Called when a client on standard input has all its answers.
    """

    def __init__(
        self,
        broker: Broker,
        settings: WyomingSettings = WyomingSettings(),  # noqa: B008 - frozen
        *,
        metrics: Metrics | None = None,
        sockets: Sequence[socket.socket] = (),
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._broker = broker
        self._settings = settings
        self._given = tuple(sockets)
        self._names = VoiceNames(broker, settings.voice_aliases)
        self._networks = settings.networks()
        self._table = ConnectionTable(settings.max_connections)
        self._servers: list[asyncio.Server] = []
        self._paths: list[Path] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._announcement: Announcement | None = None
        self._metrics = metrics
        self._on_end = on_end

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of every TCP socket."""
        return [
            listener.getsockname()[:2]
            for server in self._servers
            for listener in server.sockets
            if listener.family != socket.AF_UNIX
        ]

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: An address cannot be used.
        """
        for listener in self._given:
            self._servers.append(
                await asyncio.start_server(
                    self._accept, sock=listener, limit=LINE_NBYTES, backlog=_BACKLOG
                )
            )
        for uri in () if self._given else self._settings.uris:
            try:
                await self._listen(uri)
            except (OSError, OverflowError, ValueError) as error:
                await self.stop()
                reason = getattr(error, "strerror", None) or error
                raise ConfigError(
                    f"wyoming cannot listen on {uri}: {reason}; stop what does, or set "
                    "wyoming.uris"
                ) from error
        for host, port in self.addresses:
            _LOG.info("wyoming listens on %s port %d", host, port)
            if not ipaddress.ip_address(host).is_loopback and not self._networks:
                _LOG.warning(
                    "everybody who reaches %s port %d may speak: wyoming knows no "
                    "password; set wyoming.allowed_networks",
                    *(host, port),
                )
        if self._settings.zeroconf and self.addresses:
            try:
                self._announcement = Announcement(*self.addresses[0])
                await self._announcement.start()
            except OSError as error:
                # Before the network is up; the door itself is open.
                _LOG.warning("wyoming is not announced: %s", error.strerror or error)

    async def stop(self, timeout_s: float = 5.0) -> None:
        """Stop listening and hang up.

        Args:
            timeout_s: For clients in the middle of an answer.
        """
        if self._announcement is not None:
            await self._announcement.stop()
            self._announcement = None
        for server in self._servers:
            server.close()
        for path in self._paths:
            path.unlink(missing_ok=True)
        self._paths = []
        deadline = time.monotonic() + timeout_s
        while self._table.num_busy and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5.0)
        for server in self._servers:
            await server.wait_closed()
        self._servers = []

    async def _listen(self, uri: str) -> None:
        parts = split_uri(uri)
        if parts.scheme == "stdio":
            await self._use_stdio()
            return
        if parts.scheme == "unix":
            path = Path(parts.path)
            with contextlib.suppress(FileNotFoundError):
                # A socket that a killed daemon left behind; never anything else.
                if stat.S_ISSOCK(path.stat().st_mode) and not _is_served(path):
                    path.unlink()
            server = await asyncio.start_unix_server(
                self._accept, path, limit=LINE_NBYTES, backlog=_BACKLOG
            )
            self._paths.append(path)
        else:
            server = await asyncio.start_server(
                self._accept,
                parts.hostname,
                parts.port,
                limit=LINE_NBYTES,
                backlog=_BACKLOG,
            )
        self._servers.append(server)

    async def _use_stdio(self) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LINE_NBYTES)
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
        )
        transport, protocol = await loop.connect_write_pipe(
            lambda: asyncio.streams.FlowControlMixin(loop=loop),
            os.fdopen(os.dup(sys.stdout.fileno()), "wb"),
        )
        writer = asyncio.StreamWriter(transport, protocol, None, loop)
        connection = self._connection(reader, writer, "stdio", is_socket=False)

        async def run() -> None:
            await self._serve(connection, writer)
            self._on_end()

        self._keep(asyncio.ensure_future(run()))

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        peer = writer.get_extra_info("peername")
        host = peer[0] if isinstance(peer, tuple) else "unix"
        connection = self._connection(reader, writer, host, is_socket=True)
        if not self._may_connect(host) or not self._table.add(connection):
            writer.transport.abort()
            return
        self._keep(asyncio.ensure_future(self._serve(connection, writer)))

    async def _serve(
        self, connection: Connection, writer: asyncio.StreamWriter
    ) -> None:
        counted = contextlib.ExitStack()
        if self._metrics is not None:
            counted.enter_context(self._metrics.connection("wyoming"))
        try:
            await connection.run()
        except Exception as error:
            # Nobody awaits this task: asyncio would log the traceback.
            _LOG.error("a client of wyoming met %s", type(error).__name__)
        finally:
            counted.close()
            self._table.remove(connection)
            writer.close()
            loop = asyncio.get_running_loop()
            # What is written gets a moment to leave, stalled clients do not keep it.
            loop.call_later(5.0, writer.transport.abort)

    def _connection(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        host: str,
        *,
        is_socket: bool,
    ) -> Connection:
        return Connection(
            self._broker,
            self._names,
            self._settings,
            reader,
            writer,
            f"wyoming:{host}",
            has_hung_up_at_end=is_socket,
            on_answer=self._count,
            on_busy=lambda c, busy: self._mark(c, busy),
        )

    def _mark(self, connection: Connection, is_busy: bool) -> None:
        mark = self._table.mark_busy if is_busy else self._table.mark_idle
        mark(connection)

    def _count(self, error: EdgeTTSError | None) -> None:
        if self._metrics is not None:
            self._metrics.answered("wyoming", "ok" if error is None else "error")

    def _may_connect(self, host: str) -> bool:
        if not self._networks or host == "unix":
            return True
        address = ipaddress.ip_address(host.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
