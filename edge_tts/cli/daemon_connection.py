"""One question to the daemon, for the commands that steer it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from edge_tts.client.client import find_daemon
from edge_tts.client.socket_connection import SocketConnection


def ask_daemon(path: Path | None, operation: str) -> dict[str, Any]:
    """Return the answer of the daemon at ``path``, or of the one that is found.

    Raises:
        NotReady: There is none.
        EdgeTTSError: What it objects to.
    """
    connection = find_daemon() if path is None else SocketConnection(path)
    with contextlib.closing(connection):
        return connection.ask(operation)
