"""How a pack likes to be streamed."""

from __future__ import annotations

from typing import NamedTuple

from edge_tts.packs.json_fields import Fields, choice, integer, number


class StreamingSpec(NamedTuple):
    """Chunk sizes the pack was tuned for, and how exact its streaming is."""

    mode: str
    """``exact``: streamed equals whole; ``approximate``: nearly; ``sentence``: no
    sound before a sentence is complete."""
    first_frames: int
    """Acoustic frames of the first chunk."""
    max_frames: int
    """Largest chunk."""
    growth: float
    """Factor from one chunk to the next."""
    overlap_frames: int
    """Frames computed twice by ``approximate`` packs."""
    crossfade_ms: float

    @classmethod
    def parse(cls, value: object, where: str) -> StreamingSpec:
        """Read the JSON form."""
        fields = Fields(value, where)
        streaming = cls(
            mode=fields.required("mode", choice("exact", "approximate", "sentence")),
            first_frames=fields.optional("first_frames", integer(1, 100_000), 8),
            max_frames=fields.optional("max_frames", integer(1, 100_000), 48),
            growth=fields.optional("growth", number(1, 16), 2.0),
            overlap_frames=fields.optional("overlap_frames", integer(0, 100_000), 0),
            crossfade_ms=fields.optional("crossfade_ms", number(0, 1000), 0.0),
        )
        fields.close()
        return streaming
