"""Owns SocketDoor: the Unix socket, its permissions and its clients."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import stat
import struct
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import edge_tts
from edge_tts.client import wire
from edge_tts.client.address import own_socket
from edge_tts.errors import ConfigError, NotReady, Overloaded
from edge_tts.serve.broker import Broker
from edge_tts.serve.connection_table import ConnectionTable
from edge_tts.serve.status import BrokerStatus
from edge_tts.serve.unix_socket.connection import Connection
from edge_tts.serve.unix_socket.settings import SocketSettings

if TYPE_CHECKING:
    from edge_tts.serve.metrics import Metrics

_LOG = logging.getLogger(__name__)
_PEER = struct.Struct("3i")
_WRITE_BUFFER_NBYTES = 1 << 18


class SocketDoor:
    """Listens on a Unix socket.

    Args:
        broker: Speaks.
        settings: The ``[socket]`` section.
        sockets: Already listening, from the service manager.
        on_stop: What ``edgetts stop`` asks for.
        on_reload: What ``edgetts reload`` asks for.
        metrics: Counts connections, and gaps that clients heard.
    """

    def __init__(
        self,
        broker: Broker,
        settings: SocketSettings,
        *,
        sockets: Sequence[socket.socket] = (),
        on_stop: Callable[[], None] = lambda: None,
        on_reload: Callable[[], Awaitable[None]] | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._broker = broker
        self._settings = settings
        self._given = list(sockets)
        self._on_stop = on_stop
        self._on_reload = on_reload
        self._metrics = metrics
        self._servers: list[asyncio.Server] = []
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._table = ConnectionTable(settings.max_connections)
        self._path: Path | None = None
        self._inode = 0

    @property
    def path(self) -> Path | None:
        """Where it listens; None before ``start`` and on a socket that was given."""
        return self._path

    @property
    def num_connections(self) -> int:
        """Clients connected now."""
        return len(self._clients)

    async def start(self) -> None:
        """Make the socket and listen.

        Raises:
            ConfigError: The place is taken by another daemon or cannot be written.
        """
        listening = self._given or [self._bind()]
        for one in listening:
            self._servers.append(
                await asyncio.start_unix_server(self._accept, sock=one, backlog=128)
            )

    async def stop(self, timeout_s: float = 5.0) -> None:
        """Stop listening, hang up on whoever is left, remove the socket.

        Args:
            timeout_s: For clients that have not read all that was written for them.
        """
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                if self._path.stat().st_ino == self._inode:
                    self._path.unlink()
            self._path = None
        deadline = time.monotonic() + timeout_s
        while self._is_writing() and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        clients = list(self._clients)
        for client in clients:
            client.cancel()
        if clients:
            await asyncio.wait(clients, timeout=5.0)

    def _is_writing(self) -> bool:
        return any(
            writer.transport.get_write_buffer_size()
            for writer in self._clients.values()
        )

    def _bind(self) -> socket.socket:
        path = self._settings.path or own_socket()
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            mode = int(self._settings.mode, 8)
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                # Whoever may use the socket must be able to reach it.
                others = (0o050 if mode & 0o060 else 0) | (0o005 if mode & 0o006 else 0)
                path.parent.chmod(0o700 | others)
            _remove_stale(path)
            bound.bind(str(path))
            # Before anybody can connect: nobody listens yet.
            path.chmod(mode)
            self._inode = path.stat().st_ino
        except OSError as error:
            bound.close()
            raise ConfigError(
                f"cannot listen at {path}: {error.strerror or error}; give another "
                "with --socket PATH"
            ) from error
        except BaseException:
            bound.close()
            raise
        self._path = path
        return bound

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients[task] = writer
        counted = (
            contextlib.nullcontext()
            if self._metrics is None
            else self._metrics.connection("socket")
        )
        try:
            with counted:
                await self._serve(reader, writer)
        except asyncio.CancelledError:
            # The door closes; asyncio would log a cancelled handler.
            pass
        except Exception as error:
            _LOG.error("a client of the socket met %s", type(error).__name__)
        finally:
            self._clients.pop(task, None)
            # Not close: a client that reads nothing would keep the buffer alive.
            writer.transport.abort()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.transport.set_write_buffer_limits(_WRITE_BUFFER_NBYTES)
        pid, uid = _peer(writer)
        answers = {
            "hello": self._hello,
            "status": self._status,
            "voices": self._voices,
        }
        if uid in (os.geteuid(), 0):
            answers |= {"stop": self._stop_daemon, "reload": self._reload}
        more = {} if self._metrics is None else {"on_underruns": self._metrics.underran}
        connection = Connection(
            self._broker,
            self._settings,
            reader,
            writer,
            f"{uid}.{pid}",
            answers,
            on_busy=self._mark,
            **more,
        )
        if not self._table.add(connection):
            full = Overloaded("too many connections to the socket; try again", 1.0)
            writer.write(wire.json_frame(wire.error_reply(full)))
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(writer.drain(), 1.0)
            return
        try:
            await connection.serve()
        finally:
            self._table.remove(connection)

    def _mark(self, connection: Connection, is_busy: bool) -> None:
        mark = self._table.mark_busy if is_busy else self._table.mark_idle
        mark(connection)

    async def _hello(self) -> Mapping[str, Any]:
        return {
            "reply": "hello",
            "protocol": wire.PROTOCOL,
            "version": edge_tts.__version__,
            "pid": os.getpid(),
        }

    async def _status(self) -> Mapping[str, Any]:
        return {
            **await self._hello(),
            "reply": "status",
            "connections": self.num_connections,
            **status_fields(self._broker.status()),
        }

    async def _voices(self) -> Mapping[str, Any]:
        voices = await asyncio.to_thread(self._broker.voices)
        listed = [
            {
                "name": f"{pack}/{speaker.id}",
                "pack": pack,
                "speaker": speaker.id,
                "language": speaker.language,
            }
            for pack, speaker in voices
        ]
        return {"reply": "voices", "voices": listed}

    async def _stop_daemon(self) -> Mapping[str, Any]:
        self._on_stop()
        return {"reply": "stopping", "pid": os.getpid()}

    async def _reload(self) -> Mapping[str, Any]:
        if self._on_reload is None:
            raise NotReady("this daemon cannot reload; start it again")
        await self._on_reload()
        return {"reply": "reloaded"}


def status_fields(status: BrokerStatus) -> dict[str, Any]:
    """A status as JSON has it."""
    fields = asdict(status)
    for name in ("active", "waiting"):
        fields[name] = {key.name.lower(): value for key, value in fields[name].items()}
    return fields


def _peer(writer: asyncio.StreamWriter) -> tuple[int, int]:
    """Process and user at the other end."""
    peer = writer.get_extra_info("socket")
    data = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    pid, uid, _ = _PEER.unpack(data)
    return pid, uid


def _remove_stale(path: Path) -> None:
    """Take the place of a daemon that died; not of one that lives."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise ConfigError(f"cannot listen at {path}: it is no socket; remove it")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        except OSError:
            raise ConfigError(f"cannot tell who listens at {path}; remove it") from None
        else:
            raise ConfigError(
                f"a daemon already listens at {path}; see `edgetts status`"
            )
