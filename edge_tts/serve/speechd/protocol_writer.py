"""Owns ProtocolWriter: answers and events to speech-dispatcher, never mixed up."""

from __future__ import annotations

import threading
from typing import BinaryIO, Final

_ESCAPE: Final = b"\x7d"
_AUDIO_SAMPLES: Final = 4096
"""In one event: the server throws away what it has when it stops."""


class ProtocolWriter:
    """Writes whole messages; threads may share it.

    Args:
        stream: To the server.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, *lines: str) -> None:
        """Write lines, all or none of them."""
        self._write("".join(f"{line}\n" for line in lines).encode())

    def mark(self, name: str) -> None:
        """Tell that an index mark is reached."""
        # A line break in a name would end the event early.
        self.send(f"700-{' '.join(name.split())}", "700 INDEX MARK")

    def audio(self, pcm: bytes, sample_rate: int) -> None:
        """Send 16-bit mono samples, little-endian."""
        head = (
            "705-bits=16\n705-num_channels=1\n"
            f"705-sample_rate={sample_rate}\n705-num_samples={len(pcm) // 2}\n"
            "705-big_endian=0\n705-AUDIO\0"
        )
        # As in HDLC: what would end the line is escaped and has one bit inverted.
        data = pcm.replace(_ESCAPE, b"\x7d\x5d").replace(b"\n", b"\x7d\x2a")
        self._write(head.encode() + data + b"\n705 AUDIO\n")

    def _write(self, data: bytes) -> None:
        with self._lock:
            self._stream.write(data)
            self._stream.flush()


def pieces(pcm: bytes) -> list[bytes]:
    """Cut samples into what one event takes."""
    size = 2 * _AUDIO_SAMPLES
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]
