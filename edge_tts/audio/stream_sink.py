"""Owns StreamSink: speech to a descriptor that cannot be taken back."""

from __future__ import annotations

import os
import stat

from edge_tts.audio.atomic_file import cannot_write
from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.encoder import Encoder, open_encoder
from edge_tts.audio.encodings import encoding_for
from edge_tts.audio.format import AudioFormat
from edge_tts.errors import SinkError


class StreamSink:
    """Encode to an open descriptor: a pipe, a device, redirected standard output.

    A reader that goes away raises ``BrokenPipeError``, not ``SinkError``: it is the
    caller who knows whether that is an error (`| head` is not one).

    Raises:
        SinkError: Unknown format, a terminal, a full disk.
    """

    underruns = 0

    def __init__(
        self,
        fd: int,
        name: str,
        format_name: str | None = None,
        *,
        owns_fd: bool = False,
    ) -> None:
        """Take descriptor ``fd``, called ``name`` in messages."""
        self._fd = fd
        self._owns_fd = owns_fd
        self._name = name
        self._encoding = encoding_for(None, format_name)
        self._encoder: Encoder | None = None
        try:
            mode = os.fstat(fd).st_mode
        except OSError as error:
            raise cannot_write(name, error) from error
        if stat.S_ISCHR(mode) and os.isatty(fd):
            raise SinkError(
                f"{name} is a terminal: redirect it to a file or pipe, or use -o FILE"
            )

    def open(self, format: AudioFormat) -> None:
        """Write the header."""
        try:
            self._encoder = open_encoder(self._encoding, self._fd, format)
        except OSError as error:
            self._refuse(error)

    def write(self, chunk: AudioChunk) -> None:
        """Encode one chunk; blocks while the reader is slower."""
        assert self._encoder is not None
        try:
            self._encoder.write(chunk)
        except OSError as error:
            self._refuse(error)

    def flush(self) -> None:
        """Do nothing: every chunk is already with the reader."""

    def drain(self) -> None:
        """Write what the encoder holds back."""
        assert self._encoder is not None
        try:
            self._encoder.finish()
        except OSError as error:
            self._refuse(error)

    def abort(self) -> None:
        """Stop; what the reader has got stays with it."""
        self.close()

    def close(self) -> None:
        """Free the encoder, and the descriptor when it is ours."""
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None
        if self._owns_fd:
            self._owns_fd = False
            os.close(self._fd)

    def _refuse(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError):
            raise error
        raise cannot_write(self._name, error) from error
