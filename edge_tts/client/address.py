"""Where the daemon of this user, or of this machine, listens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from edge_tts import env
from edge_tts.errors import ConfigError

SYSTEM_SOCKET: Final = Path("/run/edge_tts/socket")
"""Of a daemon that serves the whole machine."""
_NAME: Final = "socket"


def daemon_sockets() -> list[Path]:
    """Where to look for a daemon, in order."""
    named = env.socket_path()
    if named is not None:
        return [named]
    runtime = env.runtime_home()
    own = [] if runtime is None else [runtime / _NAME]
    return [*own, SYSTEM_SOCKET]


def own_socket() -> Path:
    """Where a daemon started by this user listens.

    Raises:
        ConfigError: Outside a login session there is no such place.
    """
    named = env.socket_path()
    if named is not None:
        return named
    runtime = env.runtime_home()
    if runtime is not None:
        return runtime / _NAME
    if os.geteuid() == 0:
        return SYSTEM_SOCKET
    raise ConfigError(
        "no place for the socket: XDG_RUNTIME_DIR is not set; give --socket PATH"
    )
