"""Owns activated_sockets: what systemd listens on for the daemon."""

from __future__ import annotations

import os
import socket

from edge_tts import env
from edge_tts.errors import ConfigError
from edge_tts.serve.config import DOORS

_FIRST_FD = 3


def activated_sockets(first_fd: int = _FIRST_FD) -> dict[str, list[socket.socket]]:
    """Return the sockets of socket activation by door; empty without it.

    ``FileDescriptorName=`` of the socket unit is the name of the door.

    Raises:
        ConfigError: A name that is no door, or a descriptor that is no stream socket.
    """
    sockets: dict[str, list[socket.socket]] = {}
    for number, name in enumerate(env.listen_names()):
        if name not in DOORS:
            raise ConfigError(
                f"systemd passed a socket named {name!r}: FileDescriptorName= must be "
                f"one of {', '.join(DOORS)}"
            )
        try:
            # Children must not keep a port open that the daemon has left.
            os.set_inheritable(first_fd + number, False)
            listener = socket.socket(fileno=first_fd + number)
            is_listening = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        except OSError as error:
            raise ConfigError(
                f"descriptor {first_fd + number} from systemd is no socket: "
                f"{error.strerror}"
            ) from error
        if listener.type != socket.SOCK_STREAM or not is_listening:
            listener.close()
            raise ConfigError(
                f"the socket {name!r} from systemd must be ListenStream= with Accept=no"
            )
        listener.setblocking(False)
        sockets.setdefault(name, []).append(listener)
    return sockets
