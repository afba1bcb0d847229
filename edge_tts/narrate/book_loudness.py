"""Owns BookLoudness: how loud the sentences are, and what is done about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BookLoudness:
    """Level of the book before the gain, and the gain."""

    measured_lufs: float | None
    gain_db: float
