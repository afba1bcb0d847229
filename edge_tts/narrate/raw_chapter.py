"""What readers yield: a chapter without ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge_tts.narrate.block import Block


@dataclass(frozen=True, slots=True)
class RawChapter:
    """Title and blocks in reading order; the heading is one of the blocks."""

    title: str
    blocks: Iterable[Block]
