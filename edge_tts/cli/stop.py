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
    deadline = time.monotonic() + _WAIT_S
    while _runs(answer["pid"]):
        if time.monotonic() > deadline:
            raise NotReady(
                f"the daemon still speaks after {_WAIT_S:.0f} s; end it with "
                f"`kill {answer['pid']}`"
            )
        time.sleep(0.02)
    return 0


def _runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    # Behind the name, which may hold anything; Z is one that waits for its parent.
    return not stat.rpartition(")")[2].lstrip().startswith("Z")
