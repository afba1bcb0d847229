"""Owns FileSink: speech as a file that appears complete or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from edge_tts.audio.atomic_file import AtomicFile, cannot_write, check_writable
from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.encoder import Encoder, open_encoder
from edge_tts.audio.encodings import encoding_for
from edge_tts.audio.format import AudioFormat
from edge_tts.audio.sink import AudioSink
from edge_tts.audio.stream_sink import StreamSink


def open_file_sink(path: Path, format_name: str | None = None) -> AudioSink:
    """Return the sink for a path: devices and named pipes cannot be renamed over.

    Raises:
        SinkError: Unknown format or unwritable place.
    """
    if not path.exists() or path.is_file() or path.is_dir():
        return FileSink(path, format_name)
    try:
        fd = os.open(path, os.O_WRONLY)
    except OSError as error:
        raise cannot_write(path, error) from error
    return StreamSink(fd, str(path), format_name, owns_fd=True)


class FileSink:
    """Encode to a regular file by suffix or by the name of a format.

    Raises:
        SinkError: Unknown format, unwritable place, full disk.
    """

    underruns = 0

    def __init__(self, path: Path, format_name: str | None = None) -> None:
        self._path = path
        # Said before a second is spent on loading a voice.
        check_writable(path)
        self._encoding = encoding_for(path, format_name)
        self._file: AtomicFile | None = None
        self._encoder: Encoder | None = None

    def open(self, format: AudioFormat) -> None:
        """Create the temporary file beside the target."""
        self._file = AtomicFile(self._path)
        try:
            self._encoder = open_encoder(self._encoding, self._file.fd, format)
        except BaseException as error:
            self.abort()
            if isinstance(error, OSError):
                raise cannot_write(self._path, error) from error
            raise

    def write(self, chunk: AudioChunk) -> None:
        """Encode one chunk."""
        assert self._encoder is not None
        try:
            self._encoder.write(chunk)
        except OSError as error:
            self.abort()
            raise cannot_write(self._path, error) from error

    def flush(self) -> None:
        """Do nothing: nobody listens to an unfinished file."""

    def drain(self) -> None:
        """Complete the file and give it its name."""
        assert self._encoder is not None and self._file is not None
        try:
            self._encoder.finish()
        except OSError as error:
            self.abort()
            raise cannot_write(self._path, error) from error
        self._file.commit()

    def abort(self) -> None:
        """Remove the unfinished file."""
        # The encoder first: its buffers still go to the descriptor.
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None
        if self._file is not None:
            self._file.discard()

    def close(self) -> None:
        """Remove the file unless ``drain`` completed it."""
        self.abort()
