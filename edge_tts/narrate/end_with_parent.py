"""Owns ``end_with_parent``: no worker outlives a narrator that was killed."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def end_with_parent(parent: int) -> None:
    """Have the system kill this process when its parent is gone.

    A worker notices a closed socket only between two requests. One that still encodes
    would put its file in place while the next run, perhaps with other options, makes
    the same file.

    Args:
        parent: Process id that started this one.

    Raises:
        SystemExit: It is gone already.
    """
    libc = ctypes.CDLL(None)
    # Where the system has no such call, the socket must do.
    getattr(libc, "prctl", lambda *_: 0)(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        raise SystemExit(1)
