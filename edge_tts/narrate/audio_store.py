"""Owns AudioStore: samples of many sentences in few files, appended, never changed.

The journal says which bytes count. Bytes behind the last one it knows are what a
killed run left, and are cut off before the first append.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import SinkError
from edge_tts.narrate.take import Extent

SEGMENT_BYTES: Final = 128 << 20
"""Size from which a new segment begins: 50 minutes of speech."""


class AudioStore:
    """Segments ``000001.pcm`` ... of little-endian 16-bit samples in one folder.

    Args:
        folder: Made if missing.
        segment_bytes: Size from which a new segment begins.
    """

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._limit = segment_bytes
        self._fd = -1
        self._segment = 0
        self._end = 0
        self._dirty = False
        self._read_fds: dict[int, int] = {}

    def begin(self, used: Extent | None, live: Iterable[int]) -> None:
        """Prepare for appending.

        Args:
            used: The last extent that the journal knows, None if it knows none.
            live: Segments with at least one take; all others are deleted.

        Raises:
            OSError: The folder cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        keep = set(live)
        last = 0 if used is None else used.segment
        for path in self._folder.glob("*.pcm"):
            number = int(path.stem)
            # Behind the last one the journal knows: left by a killed run.
            if number not in keep or number > last:
                path.unlink()
        self._segment, self._end = (
            last,
            0 if used is None else used.offset + used.nbytes,
        )
        if used is None:
            return
        path = self._path(last)
        size = path.stat().st_size if path.exists() else -1
        if size < self._end:
            # Damaged from outside: go on in a new segment, readers will say which
            # sentences are lost.
            return
        self._fd = os.open(path, os.O_RDWR)
        os.ftruncate(self._fd, self._end)

    def append(self, data: bytes | memoryview) -> Extent:
        """Add the samples of one take; durable only after ``sync``.

        Raises:
            OSError: The disk is full; the store is as it was before.
        """
        if self._fd < 0 or self._end >= self._limit:
            self._next_segment()
        extent = Extent(self._segment, self._end, len(data))
        rest = memoryview(data)
        position = self._end
        self._dirty = True
        while rest:
            count = os.pwrite(self._fd, rest, position)
            position += count
            rest = rest[count:]
        self._end = position
        return extent

    def sync(self) -> None:
        """Return when everything appended is on the disk."""
        if self._dirty:
            os.fdatasync(self._fd)
            self._dirty = False

    def read(self, extent: Extent) -> NDArray[np.int16]:
        """The samples of a take, (num_samples,) int16.

        Raises:
            SinkError: The segment is missing or ends too early.
        """
        fd = self._read_fds.get(extent.segment)
        if fd is None:
            while len(self._read_fds) >= 64:
                os.close(self._read_fds.pop(next(iter(self._read_fds))))
            try:
                fd = os.open(self._path(extent.segment), os.O_RDONLY)
            except OSError as error:
                raise self._damaged(extent, error.strerror or str(error)) from error
            self._read_fds[extent.segment] = fd
        data = os.pread(fd, extent.nbytes, extent.offset)
        if len(data) != extent.nbytes:
            raise self._damaged(extent, f"only {len(data)} of {extent.nbytes} bytes")
        return np.frombuffer(data, "<i2")

    def close(self) -> None:
        """Close every file; harmless when repeated."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        while self._read_fds:
            os.close(self._read_fds.popitem()[1])

    def _next_segment(self) -> None:
        self.sync()
        path = self._path(self._segment + 1)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
        # The name must survive a power cut as well as the bytes.
        folder_fd = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder_fd)
        finally:
            os.close(folder_fd)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._segment, self._end = fd, self._segment + 1, 0

    def _path(self, segment: int) -> Path:
        return self._folder / f"{segment:06}.pcm"

    def _damaged(self, extent: Extent, found: str) -> SinkError:
        return SinkError(
            f"{self._path(extent.segment)}: expected {extent.nbytes} bytes at "
            f"{extent.offset}, got {found}; run with --verify to redo what was lost"
        )
