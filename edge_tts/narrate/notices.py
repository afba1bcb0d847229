"""Owns Notices: remarks of a reader, each said once."""

from __future__ import annotations

from typing import Final

_MAX_NOTICES: Final = 50


class Notices:
    """Collects one-line remarks about what was left out or mended."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}

    def add(self, line: str) -> None:
        """Remember a remark; a repetition changes nothing."""
        if len(self._lines) < _MAX_NOTICES:
            # A book must not send control codes to the terminal that shows it.
            shown = "".join(c if c.isprintable() else " " for c in line[:300])
            self._lines.setdefault(shown)

    def lines(self) -> tuple[str, ...]:
        """All remarks in the order they came."""
        return tuple(self._lines)
