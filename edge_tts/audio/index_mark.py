"""Owns IndexMark: a named place in the text, found in the signal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IndexMark:
    """A mark of the author and the sample at which it is reached."""

    name: str
    """As the document gives it."""
    sample: int
    """Counted from the start of the whole output."""
