"""How many frames to make at a time: few for the first sound, then more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class ChunkPolicy:
    """Sizes of the chunks of one utterance, in frames.

    Small chunks cost more time per frame, large ones delay the sound; the signal is the
    same for every policy.
    """

    first: int = 8
    """Frames of the first chunk."""
    growth: int = 2
    """Each chunk is this many times as long as the one before …"""
    largest: int = 48
    """… up to this many frames."""

    def sizes(self, multiple: int = 1) -> Iterator[int]:
        """Yield chunk sizes without end, each rounded up to a multiple."""
        size = self.first
        while True:
            yield -(-size // multiple) * multiple
            size = min(size * self.growth, max(self.largest, self.first))
