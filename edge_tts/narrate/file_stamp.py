"""Owns ``file_stamp``: whether a file is the one that was written."""

from __future__ import annotations

from pathlib import Path


def file_stamp(path: Path) -> list[int]:
    """Size in bytes and time of the last change in nanoseconds."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]
