"""A pack that lies in a directory."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from edge_tts.errors import PackError
from edge_tts.packs.file_view import map_file
from edge_tts.packs.limits import MAX_ENTRIES


class DirectorySource:
    """Reads the files below one directory.

    Links may be used inside the directory; one that leads out of it is refused.
    """

    def __init__(self, location: Path) -> None:
        self._location = location
        self._root = os.path.realpath(location)

    @property
    def location(self) -> Path:
        """The directory."""
        return self._location

    def sizes(self) -> Mapping[str, int]:
        """Every file below the directory and its size in bytes."""
        sizes: dict[str, int] = {}
        for count, entry in enumerate(self._entries()):
            if count >= MAX_ENTRIES:
                raise PackError(
                    f"{self._location}: more than {MAX_ENTRIES} entries, which no "
                    "pack has; is this the right directory?"
                )
            name = Path(entry.path).relative_to(self._location).as_posix()
            sizes[name] = self._checked(name).st_size
        return sizes

    def view(self, name: str, size: int) -> memoryview:
        """Map one file into memory."""
        self._checked(name)
        return map_file(self._location / name, 0, size, whole=True)

    def path(self, name: str) -> Path | None:
        """The file on disk."""
        self._checked(name)
        return self._location / name

    def close(self) -> None:
        """Do nothing: no handle is kept."""

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        folders = [str(self._location)]
        while folders:
            try:
                with os.scandir(folders.pop()) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as error:
                raise PackError(
                    f"{self._location}: cannot be listed: {error.strerror}"
                ) from error
            for entry in entries:
                # A linked folder counts as one entry and is refused by _checked.
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    yield entry

    def _checked(self, name: str) -> os.stat_result:
        path = self._location / name
        real = os.path.realpath(path)
        if os.path.commonpath([real, self._root]) != self._root:
            raise PackError(f"{path}: links out of the pack; replace it by a copy")
        try:
            status = os.stat(real)
        except OSError as error:
            raise PackError(
                f"{path}: cannot be read: {error.strerror}; fetch the pack again"
            ) from error
        if not stat.S_ISREG(status.st_mode):
            raise PackError(f"{path}: expected a regular file")
        return status
