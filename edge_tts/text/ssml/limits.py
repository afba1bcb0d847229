"""What an SSML document may be at most."""

from __future__ import annotations

from typing import Final

MAX_CHARS: Final = 16 << 20
MAX_DEPTH: Final = 256
MAX_SPANS: Final = 1_000_000
"""Pieces that an element or its end makes of the text."""
MAX_WRITTEN: Final = 500
"""Characters that one alias or one row of phonemes may stand for."""
