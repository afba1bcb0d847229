"""Owns BookSource: the bytes of a book file, bounded and seekable."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from edge_tts.errors import TextError
from edge_tts.narrate.limits import MAX_FILE_BYTES, MAX_TEXT_BYTES, READ_BLOCK_BYTES


@dataclass(frozen=True, slots=True)
class BookSource:
    """An open file."""

    name: str
    """What messages call it."""
    suffix: str
    """Lower case with its dot; empty for standard input."""
    file: BinaryIO
    """Seekable."""
    num_bytes: int

    def head(self, size: int = 4096) -> bytes:
        """The first bytes."""
        self.file.seek(0)
        return self.file.read(size)

    def read_text_bytes(self) -> bytes:
        """All bytes of a text.

        Raises:
            TextError: There are too many.
        """
        if self.num_bytes > MAX_TEXT_BYTES:
            raise TextError(
                f"{self.name}: expected a text of at most {MAX_TEXT_BYTES >> 20} MB, "
                f"got {self.num_bytes >> 20} MB; split it"
            )
        self.file.seek(0)
        return self.file.read(MAX_TEXT_BYTES)


@contextmanager
def open_source(source: Path | BinaryIO) -> Iterator[BookSource]:
    """Open a file, or keep what arrives on a pipe in a temporary file.

    Raises:
        TextError: It cannot be read, is empty or too large.
    """
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                # A device or a pipe has no size and cannot be wound back.
                if os.path.isfile(source):
                    yield _checked(file, str(source), source.suffix.lower())
                    return
                with _copied(file, str(source)) as copy:
                    yield _checked(copy, str(source), source.suffix.lower())
        except OSError as error:
            raise TextError(f"cannot read {source}: {error.strerror}") from error
        return
    with _copied(source, "standard input") as copy:
        yield _checked(copy, "standard input", "")


@contextmanager
def _copied(file: BinaryIO, name: str) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile(prefix="edge_tts-") as copy:
        left = MAX_FILE_BYTES
        while block := file.read(READ_BLOCK_BYTES):
            left -= len(block)
            if left < 0:
                raise _too_large(name)
            copy.write(block)
        copy.flush()
        yield copy


def _checked(file: BinaryIO, name: str, suffix: str) -> BookSource:
    num_bytes = file.seek(0, os.SEEK_END)
    if num_bytes > MAX_FILE_BYTES:
        raise _too_large(name)
    if num_bytes == 0:
        raise TextError(f"{name} is empty; expected a book")
    return BookSource(name, suffix, file, num_bytes)


def _too_large(name: str) -> TextError:
    return TextError(
        f"{name}: expected a book of at most {MAX_FILE_BYTES >> 20} MB, got more; "
        "split it"
    )
