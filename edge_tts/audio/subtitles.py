"""Owns SubtitleWriter: subtitles as a file that appears complete or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from edge_tts.audio.atomic_file import AtomicFile, cannot_write
from edge_tts.audio.subtitle_cues import SubtitleCues
from edge_tts.audio.word_mark import WordMark


class SubtitleWriter:
    """Write cues as they become complete.

    The file appears on ``commit`` only; memory does not grow with the text.

    Raises:
        SinkError: Unknown format or the file cannot be written.
    """

    def __init__(self, path: Path, format_name: str, sample_rate: int) -> None:
        self._cues = SubtitleCues(format_name, sample_rate)
        self._path = path
        self._file = AtomicFile(path)
        self._emit(self._cues.header)

    def add(self, marks: Iterable[WordMark]) -> None:
        """Take the next words, in order."""
        self._emit(self._cues.add(marks))

    def commit(self) -> None:
        """Write the last cue and give the file its name."""
        self._emit(self._cues.finish())
        self._file.commit()

    def discard(self) -> None:
        """Remove the unfinished file; harmless after ``commit``."""
        self._file.discard()

    def _emit(self, text: str) -> None:
        data = memoryview(text.encode("utf-8", errors="replace"))
        try:
            while data:
                data = data[os.write(self._file.fd, data) :]
        except OSError as error:
            self.discard()
            raise cannot_write(self._path, error) from error
