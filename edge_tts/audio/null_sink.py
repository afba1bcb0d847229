"""Owns NullSink: measures speech and drops it."""

from __future__ import annotations

from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.format import AudioFormat


class NullSink:
    """Take everything at once and keep only the count, for benchmarks and tests."""

    underruns = 0

    def __init__(self) -> None:
        self.num_samples = 0
        """Samples taken so far."""

    def open(self, format: AudioFormat) -> None:
        """Start counting anew."""
        self.num_samples = 0

    def write(self, chunk: AudioChunk) -> None:
        """Count one chunk."""
        self.num_samples += chunk.num_samples

    def flush(self) -> None:
        """Do nothing."""

    def drain(self) -> None:
        """Do nothing."""

    def abort(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
