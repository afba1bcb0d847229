"""Owns ``shown_text``: titles and names of a book, fit for a terminal and for tags."""

from __future__ import annotations

from typing import Final

_CONTROLS: Final = [*range(0x20), *range(0x7F, 0xA0)]
_TURNS: Final = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
"""Turn the direction of everything behind them."""
_LEFT_OUT: Final = {
    code: None for code in (*_CONTROLS, *_TURNS) if not chr(code).isspace()
}


def shown_text(text: str) -> str:
    """The same without codes that a terminal would obey."""
    return text.translate(_LEFT_OUT)
