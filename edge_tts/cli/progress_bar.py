"""One bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import shutil
import time
from typing import IO


class ProgressBar:
    """Draws ``NAME ████···· 60 %`` over itself, at most ten times a second.

    Args:
        name: What is going on.
        stream: Where to draw; None or a file draws nothing.
    """

    def __init__(self, name: str, stream: IO[str] | None) -> None:
        self._name = name
        self._stream = stream if stream is not None and stream.isatty() else None
        self._next = 0.0
        self._drawn = False

    def update(self, share: float) -> None:
        """Show that this share, 0 to 1, is done."""
        now = time.monotonic()
        if self._stream is None or (now < self._next and share < 1.0):
            return
        self._next = now + 0.1
        room = max(10, min(50, shutil.get_terminal_size().columns - 30))
        filled = int(room * min(1.0, share))
        bar = "█" * filled + "·" * (room - filled)
        self._stream.write(f"\r\x1b[2K{self._name:18} {bar} {share:4.0%}")
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        """Take the bar away."""
        if self._stream is not None and self._drawn:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._drawn = False
