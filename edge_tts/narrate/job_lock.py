"""Owns JobLock: one process at a time works on a job."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from edge_tts.errors import SinkError, StreamStateError


class JobLock:
    """Holds ``lock`` in the job's folder until ``release``, or until the process dies.

    Raises:
        StreamStateError: Another process works on the job; the message names it.
        SinkError: Files cannot be locked there.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "lock"
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(self._fd, 32, 0).decode("ascii", "replace").strip()
            os.close(self._fd)
            who = f"process {owner}" if owner.isdigit() else "another process"
            raise StreamStateError(
                f"{who} is narrating this book into {folder.parent}: wait for it, "
                "stop it, or choose another output"
            ) from error
        except OSError as error:
            os.close(self._fd)
            raise SinkError(
                f"{folder}: this disk knows no file locks ({error.strerror}), without "
                "which two runs could spoil the job; put it on another with --job"
            ) from error
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others work; harmless when repeated."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
