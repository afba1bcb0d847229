"""Draws series over one axis: PNG where matplotlib is installed, else SVG by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Series = Mapping[str, Sequence[tuple[float, float]]]
_WIDTH, _HEIGHT, _LEFT = 800, 160, 90


def write_plot(path: Path, x_name: str, series: Series) -> Path:
    """Draw every series in a panel of its own and return the file written.

    Args:
        path: ``.png`` becomes ``.svg`` where matplotlib is absent.
        x_name: Of the common axis.
        series: Name -> points.
    """
    if path.suffix == ".png":
        try:
            return _png(path, x_name, series)
        except ImportError:
            path = path.with_suffix(".svg")
    path.write_text(_svg(x_name, series), encoding="utf-8")
    return path


def _png(path: Path, x_name: str, series: Series) -> Path:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        len(series), 1, sharex=True, figsize=(8, 1.8 * len(series)), squeeze=False
    )
    for axis, (name, points) in zip(axes[:, 0], series.items(), strict=True):
        axis.plot([x for x, _ in points], [y for _, y in points], linewidth=1)
        axis.set_ylabel(name)
        axis.set_ylim(bottom=0)
    axes[-1, 0].set_xlabel(x_name)
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
    return path


def _svg(x_name: str, series: Series) -> str:
    parts = []
    for row, (name, points) in enumerate(series.items()):
        top = row * _HEIGHT + 20
        end = max((x for x, _ in points), default=1.0) or 1.0
        highest = max((y for _, y in points), default=1.0) or 1.0
        floor = top + _HEIGHT - 40
        line = " ".join(
            f"{_LEFT + x / end * (_WIDTH - _LEFT - 20):.1f},"
            f"{floor - y / highest * (_HEIGHT - 40):.1f}"
            for x, y in points
        )
        parts.append(
            f'<text x="4" y="{top + 12}">{escape(name)}</text>'
            f'<text x="4" y="{top + 28}">max {highest:.4g}</text>'
            f'<text x="4" y="{floor}">0</text>'
            f'<polyline points="{line}" fill="none" stroke="#06c"/>'
            f'<line x1="{_LEFT}" y1="{floor}" x2="{_WIDTH - 20}" y2="{floor}" '
            'stroke="#888"/>'
            f'<text x="{_WIDTH - 90}" y="{floor + 14}">{end:.3g} '
            f"{escape(x_name)}</text>"
        )
    height = len(series) * _HEIGHT + 20
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="12">'
        '<rect width="100%" height="100%" fill="#fff"/>' + "".join(parts) + "</svg>\n"
    )
