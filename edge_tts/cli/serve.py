"""Owns ``edgetts serve``: from options to a running daemon."""

from __future__ import annotations

import asyncio
import logging
import sys
from argparse import Namespace
from pathlib import Path
from socket import socket
from typing import Any

from edge_tts import env
from edge_tts.errors import ConfigError
from edge_tts.serve.activation import activated_sockets
from edge_tts.serve.config import DaemonConfig
from edge_tts.serve.daemon import Daemon
from edge_tts.serve.logs import start_logging
from edge_tts.serve.systemd_notifier import SystemdNotifier

_LOG = logging.getLogger(__name__)
_OFF = "off"


def run(options: Namespace) -> int:
    """Speak until a signal or ``edgetts stop`` ends it."""
    path = options.config or _default_file()
    overrides = _overrides(options)

    def load() -> DaemonConfig:
        return DaemonConfig.load(path, overrides)

    config = load()
    config.broker_settings()
    if options.check:
        place = "the defaults" if path is None else path
        print(f"{place}: ok, doors: {', '.join(config.doors) or 'none'}")
        return 0
    if not config.doors:
        raise ConfigError("every door is off: nobody could ask this daemon to speak")
    start_logging(config.daemon.log_level, for_journal=not _is_terminal())
    asyncio.run(_serve(load, _sockets(config)))
    return 0


async def _serve(load: Any, sockets: dict[str, list[socket]]) -> None:
    notifier = SystemdNotifier.from_environment()
    try:
        await Daemon(load, notifier, sockets).run()
    finally:
        if notifier is not None:
            notifier.close()


def _sockets(config: DaemonConfig) -> dict[str, list[socket]]:
    """What systemd listens on; a port without a door would let clients wait forever."""
    sockets = activated_sockets()
    for name in [name for name in sockets if name not in config.doors]:
        _LOG.warning("systemd passed a socket for %s, which is off: closed", name)
        for listener in sockets.pop(name):
            listener.close()
    return sockets


def _default_file() -> Path | None:
    path = env.config_home() / "serve.toml"
    return path if path.exists() else None


def _overrides(options: Namespace) -> dict[str, dict[str, Any]]:
    """What the command line says, as tables of the configuration."""
    daemon = {
        "voice": options.voice,
        "workers": options.workers,
        "log_level": options.log_level,
        "lexicon": None if options.lexicon is None else str(options.lexicon),
    }
    tables: dict[str, dict[str, Any]] = {
        "daemon": {key: value for key, value in daemon.items() if value is not None}
    }
    if options.socket is not None:
        tables["socket"] = _door(options.socket, {"path": options.socket})
    if options.wyoming is not None:
        tables["wyoming"] = _door(options.wyoming, {"uris": [options.wyoming]})
    if options.http is not None:
        where = {} if options.http == _OFF else _host_and_port(options.http)
        tables["http"] = _door(options.http, where)
    return tables


def _door(value: str, keys: dict[str, Any]) -> dict[str, Any]:
    return {"enabled": False} if value == _OFF else {"enabled": True, **keys}


def _host_and_port(value: str) -> dict[str, Any]:
    host, colon, port = value.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit()):
        raise ConfigError(f"--http takes HOST:PORT, got {value!r}")
    return {"host": host.strip("[]"), "port": int(port)}


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
