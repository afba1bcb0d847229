"""What a pack on disk may be at most; beyond these it is taken for an attack."""

from __future__ import annotations

from typing import Final

MAX_ENTRIES: Final = 4096
"""Files and folders together."""
MAX_TOTAL_BYTES: Final = 16 << 30
MAX_COMPRESSION_RATIO: Final = 120
"""Of a zip member above ``RATIO_FREE_BYTES``; text reaches 10, deflate itself 1030."""
RATIO_FREE_BYTES: Final = 1 << 20
READ_BLOCK_BYTES: Final = 1 << 20
