"""Owns ``move_file``: a finished file gets its name, on whatever disk."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from edge_tts.audio.atomic_file import cannot_write
from edge_tts.errors import SinkError


def move_file(source: Path, target: Path) -> None:
    """Rename a file; copy it first where the two are on different disks.

    ``target`` is the old file or the new one at every moment, and ``source`` stays
    until it is the new one.

    Raises:
        SinkError: The target cannot be written.
    """
    if target.is_dir():
        raise SinkError(f"cannot write {target}: it is a folder")
    try:
        _move(source, target)
    except OSError as error:
        raise cannot_write(target, error) from error


def _move(source: Path, target: Path) -> None:
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = target.with_name(f".{target.name}.part")
        try:
            with source.open("rb") as read, near.open("wb") as written:
                shutil.copyfileobj(read, written, 1 << 20)
                written.flush()
                # A rename may reach the disk before what it names.
                os.fsync(written.fileno())
            os.replace(near, target)
        finally:
            near.unlink(missing_ok=True)
        source.unlink()
