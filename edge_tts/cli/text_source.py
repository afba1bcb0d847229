"""Owns TextSource: text from a descriptor in pieces, as it arrives."""

from __future__ import annotations

import codecs
import os
import select
import time
from collections.abc import Callable, Iterator

from edge_tts.errors import TextError

_READ_NBYTES = 1 << 16


class TextSource:
    """Pieces of UTF-8 text from a file, a pipe or a terminal.

    When a writer has ended a line and sends nothing more for the moment, an empty piece
    asks for everything to be spoken that is complete: a live stream is spoken line by
    line, while a text with wrapped lines that is there as a whole keeps its sentences.

    Args:
        fd: Descriptor to read; stays open.
        name: What messages call it.

    Raises:
        TextError: While iterating: the bytes are not UTF-8, or cannot be read.
    """

    def __init__(self, fd: int, name: str) -> None:
        self._fd = fd
        self._name = name
        self.on_wait: Callable[[], None] = _do_nothing
        """Called before a read that has to wait for the writer."""
        self.waited_seconds = 0.0
        """Time spent reading and waiting for text so far, s."""

    @property
    def fd(self) -> int:
        """The descriptor."""
        return self._fd

    def __iter__(self) -> Iterator[str]:
        # The mark some editors put first is dropped below: "utf-8-sig" would make the
        # offsets of errors depend on it.
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        num_bytes = 0
        is_line_complete = True
        while True:
            if not self._is_ready():
                if is_line_complete and num_bytes:
                    yield ""
                self.on_wait()
            data = self._read()
            try:
                piece = decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                held = len(error.object) - len(data)
                raise self._not_utf8(error, num_bytes - held) from error
            if num_bytes == 0:
                piece = piece.removeprefix("\ufeff")
            num_bytes += len(data)
            if piece:
                yield piece
                is_line_complete = piece.endswith("\n")
            if not data:
                return

    def _is_ready(self) -> bool:
        # A regular file is always ready, a pipe whose writer is gone as well.
        return bool(select.select([self._fd], [], [], 0)[0])

    def _read(self) -> bytes:
        started = time.perf_counter()
        try:
            # Also waits on a descriptor that somebody made non-blocking.
            select.select([self._fd], [], [])
            data = os.read(self._fd, _READ_NBYTES)
        except OSError as error:
            raise TextError(f"cannot read {self._name}: {error.strerror}") from error
        self.waited_seconds += time.perf_counter() - started
        return data

    def _not_utf8(self, error: UnicodeDecodeError, offset: int) -> TextError:
        found = error.object[error.start]
        return TextError(
            f"{self._name} is not UTF-8: byte 0x{found:02x} at offset "
            f"{offset + error.start}; convert it first, for example with "
            "`iconv -f ISO-8859-1 -t UTF-8`"
        )


def _do_nothing() -> None:
    pass
