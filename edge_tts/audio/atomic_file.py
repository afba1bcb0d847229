"""Owns AtomicFile: a file that appears under its name complete or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edge_tts.errors import SinkError

_TEMPORARY: Final = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part", re.DOTALL)


class AtomicFile:
    """A new file under a temporary name beside its target; ``commit`` renames it.

    A symbolic link as target is followed, and an existing file keeps its permissions.

    Raises:
        SinkError: The folder is missing or not writable, the target is a folder, the
            disk is full.
    """

    def __init__(self, target: Path) -> None:
        check_writable(target)
        self._target = Path(os.path.realpath(target))
        name = f".{self._target.name}.{os.urandom(4).hex()}.part"
        self._temporary = self._target.with_name(name)
        try:
            # Not tempfile: its files are private to the owner, ours obey the umask.
            self._fd = os.open(
                self._temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666
            )
        except OSError as error:
            raise cannot_write(target, error) from error
        self._is_open = True
        # Tells ``remove_leftovers`` that somebody writes; not every disk knows locks.
        with contextlib.suppress(OSError):
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @property
    def fd(self) -> int:
        """Descriptor to write to; stays owned by this object."""
        return self._fd

    def commit(self) -> None:
        """Make the content durable and give it its name; errors discard the file."""
        try:
            os.fsync(self._fd)
            if self._target.exists():
                os.fchmod(self._fd, stat.S_IMODE(self._target.stat().st_mode))
            os.replace(self._temporary, self._target)
            self._close()
            _sync_folder(self._target.parent)
        except OSError as error:
            self.discard()
            raise cannot_write(self._target, error) from error

    def discard(self) -> None:
        """Remove the temporary file; harmless after ``commit`` and when repeated."""
        if self._is_open:
            self._close()
            self._temporary.unlink(missing_ok=True)

    def _close(self) -> None:
        self._is_open = False
        os.close(self._fd)


def remove_leftovers(targets: Iterable[Path]) -> None:
    """Remove temporary files beside ``targets`` whose writers were killed."""
    names: dict[Path, set[str]] = {}
    for target in targets:
        path = Path(os.path.realpath(target))
        names.setdefault(path.parent, set()).add(path.name)
    for folder, wanted in names.items():
        with contextlib.suppress(OSError):
            for path in list(folder.iterdir()):
                match = _TEMPORARY.fullmatch(path.name)
                if match is not None and match[1] in wanted:
                    _remove_unlocked(path)


def _remove_unlocked(path: Path) -> None:
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            # Fails while the writer lives.
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(fd)


def check_writable(target: Path) -> None:
    """Raise SinkError when a file cannot be made or replaced at ``target``."""
    folder = Path(os.path.realpath(target)).parent
    if target.is_dir():
        raise SinkError(f"cannot write {target}: it is a folder, give a file name")
    if target.exists() and not target.is_file():
        # Renaming would replace the device or pipe itself.
        raise SinkError(f"cannot write {target}: it is not a regular file")
    if not folder.is_dir():
        raise SinkError(f"cannot write {target}: there is no folder {folder}")
    # Renaming over a write-protected file would succeed and surprise its owner.
    checked = target if target.exists() else folder
    if not os.access(checked, os.W_OK):
        raise SinkError(f"cannot write {target}: permission denied")


def cannot_write(target: Path | str, error: OSError) -> SinkError:
    """Return the one-line error for an operating-system error at ``target``."""
    reason = error.strerror or str(error)
    return SinkError(f"cannot write {target}: {reason}")


def _sync_folder(folder: Path) -> None:
    # The rename itself must reach the disk; some file systems refuse to sync a folder.
    try:
        folder_fd = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(folder_fd)
    except OSError:
        pass
    finally:
        os.close(folder_fd)
