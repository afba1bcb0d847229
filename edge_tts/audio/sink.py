"""Owns AudioSink: what every destination of speech can do."""

from __future__ import annotations

from typing import Protocol

from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.format import AudioFormat


class AudioSink(Protocol):
    """A destination of samples: ``open``, ``write`` many times, ``drain``, ``close``.

    ``close`` without ``drain`` before it means the same as ``abort``: a file that was
    not finished never appears under its name. Every method raises ``SinkError``.
    """

    @property
    def underruns(self) -> int:
        """Times the listener heard a gap because samples came too late."""
        ...

    def open(self, format: AudioFormat) -> None:
        """Prepare for samples of this format."""
        ...

    def write(self, chunk: AudioChunk) -> None:
        """Take the next samples; may block while the destination is behind."""
        ...

    def flush(self) -> None:
        """Deliver what was taken: the text pauses here, which is no underrun."""
        ...

    def drain(self) -> None:
        """Finish: play or store everything taken so far."""
        ...

    def abort(self) -> None:
        """Stop at once and leave nothing half-done behind."""
        ...

    def close(self) -> None:
        """Release the destination; harmless when called twice."""
        ...
