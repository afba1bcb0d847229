"""Where the bytes of a pack are: the interface of a directory and of a zip file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class PackSource(Protocol):
    """Named files of one pack, bytes as they are; digests are checked above."""

    @property
    def location(self) -> Path:
        """The directory or the zip file."""
        ...

    def sizes(self) -> Mapping[str, int]:
        """Every file and its size in bytes.

        Raises:
            PackError: Something in there is no file of a pack, such as a link.
        """
        ...

    def view(self, name: str, size: int) -> memoryview:
        """Bytes of one file, read-only; mapped from the disk where that is possible.

        Args:
            name: A key of ``sizes()``.
            size: Bytes expected; more or fewer is an error.

        Raises:
            PackError: The file cannot be read, or is of another size.
        """
        ...

    def path(self, name: str) -> Path | None:
        """The file on disk; None where it is part of an archive."""
        ...

    def close(self) -> None:
        """Give back file handles; views stay valid."""
        ...
