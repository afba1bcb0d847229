"""Owns ``edgetts stop``: lets the daemon finish what it says, then ends it."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path
from typing import Final

from edge_tts.cli.daemon_connection import ask_daemon
from edge_tts.errors import NotReady

_WAIT_S: Final = 60.0


def run(options: Namespace) -> int:
    """Ask the daemon to stop and wait until its process is gone."""
    answer = ask_daemon(options.socket, "stop")
    process = Path(f"/proc/{answer['pid']}")
    deadline = time.monotonic() + _WAIT_S
    while process.exists():
        if time.monotonic() > deadline:
            raise NotReady(
                f"the daemon still speaks after {_WAIT_S:.0f} s; end it with "
                f"`kill {answer['pid']}`"
            )
        time.sleep(0.02)
    return 0
