"""Figures as text."""

from __future__ import annotations

from collections.abc import Mapping


def figures_table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """Returns one line per variant and one column per figure."""
    columns = list(dict.fromkeys(name for row in figures.values() for name in row))
    width = max(map(len, figures), default=0)
    lines = [" " * width + "".join(f"{name:>12}" for name in columns)]
    for label, row in figures.items():
        cells = (
            f"{row[name]:12.4g}" if name in row else f"{'':12}" for name in columns
        )
        lines.append(f"{label:{width}}" + "".join(cells))
    return "\n".join(lines)
