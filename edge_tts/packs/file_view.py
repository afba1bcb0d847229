"""Read-only views of parts of files, through the page cache where possible."""

from __future__ import annotations

import mmap
import os
import stat
from pathlib import Path

from edge_tts.errors import PackError


def map_file(path: Path, offset: int, size: int, *, whole: bool) -> memoryview:
    """Map ``size`` bytes of a regular file from ``offset`` on.

    Args:
        path: The file; links are followed, so check them before.
        offset: First byte.
        size: Number of bytes.
        whole: Whether the file must end where the view ends.

    Raises:
        PackError: The file cannot be read or is shorter or longer than it should be.
    """
    try:
        # O_NONBLOCK: a pipe in place of the file must not block the open.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise PackError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PackError(f"{path}: expected a regular file")
        end = offset + size
        if status.st_size < end or (whole and status.st_size != end):
            raise PackError(
                f"{path}: {status.st_size - offset} bytes, expected {size}; "
                "the pack is damaged, fetch it again"
            )
        if size == 0:
            return memoryview(b"")
        start = offset - offset % mmap.ALLOCATIONGRANULARITY
        mapping = mmap.mmap(
            descriptor, end - start, access=mmap.ACCESS_READ, offset=start
        )
        return memoryview(mapping)[offset - start :]
    except OSError as error:
        raise PackError(f"{path}: cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)
