"""Quality against time and size, as SVG that any browser shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from calibrate.sensitivity.stored_result import Point, StageResult, StoredResult

_WIDTH: Final = 420
_HEIGHT: Final = 260
_MARGIN: Final = 52
_BAR: Final = 13


def pareto_svg(result: StoredResult) -> str:
    """One row of three panels per stage: layers, quality by time, quality by size."""
    stages = [(n, s) for n, s in result.stages.items() if s.path]
    parts = []
    top = 30
    for name, stage in stages:
        bars = _bars(stage)
        height = max(_HEIGHT, _BAR * (len(stage.layers) + 3) + 20)
        parts.append(_text(10, top + 14, f"{result.pack}: {name}", 14))
        parts.append(f'<g transform="translate(0,{top + 20})">{bars}</g>')
        for column, (label, unit, value) in enumerate(_AXES, 1):
            plot = _scatter(stage.path, label, unit, value)
            parts.append(
                f'<g transform="translate({column * _WIDTH},{top + 20})">{plot}</g>'
            )
        top += height + 50
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{3 * _WIDTH}" height="{top}" '
        'font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
    )


_AXES: Final[tuple[tuple[str, str, Callable[[Point], float]], ...]] = (
    ("time", "ms per second of sound", lambda point: point.seconds * 1e3),
    ("size", "kB of weights", lambda point: point.nbytes / 1e3),
)


def _bars(stage: StageResult) -> str:
    """Log-mel distance of every layer alone, the most harmful first."""
    layers = sorted(stage.layers.items(), key=lambda item: -item[1].log_mel_l1)
    most = max((layer.log_mel_l1 for _, layer in layers), default=1.0) or 1.0
    floats = set(stage.float_layers or ())
    parts = [_text(10, 12, "log-mel L1 of one layer in int8, nat (red: stays float)")]
    for index, (name, layer) in enumerate(layers):
        y = 20 + _BAR * index
        length = 180 * layer.log_mel_l1 / most
        colour = "#c0392b" if name in floats else "#2c7fb8"
        parts.append(_text(10, y + 10, name))
        parts.append(
            f'<rect x="170" y="{y}" width="{length:.1f}" height="{_BAR - 3}" '
            f'fill="{colour}"/>'
        )
        parts.append(_text(175 + length, y + 10, f"{layer.log_mel_l1:.4f}"))
    return "".join(parts)


def _scatter(
    path: Sequence[Point], label: str, unit: str, value: Callable[[Point], float]
) -> str:
    xs = [value(point) for point in path]
    ys = [point.log_mel_l1 for point in path]
    right, top = max(xs) * 1.05 or 1.0, max(ys) * 1.1 or 1.0
    width, height = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN

    def place(x: float, y: float) -> tuple[float, float]:
        return _MARGIN + width * x / right, _MARGIN + height * (1 - y / top)

    line = " ".join(
        "{:.1f},{:.1f}".format(*place(x, y)) for x, y in zip(xs, ys, strict=True)
    )
    parts = [
        f'<rect x="{_MARGIN}" y="{_MARGIN}" width="{width}" height="{height}" '
        'fill="none" stroke="#999"/>',
        f'<polyline points="{line}" fill="none" stroke="#bbb"/>',
        _text(_MARGIN, _MARGIN - 8, f"log-mel L1 (nat) by {label} ({unit})"),
        _text(_MARGIN, _HEIGHT - _MARGIN + 14, "0"),
        _text(_MARGIN + width - 30, _HEIGHT - _MARGIN + 14, f"{right:.3g}"),
        _text(4, _MARGIN + 10, f"{top:.3g}"),
    ]
    for point, x, y in zip(path, xs, ys, strict=True):
        across, down = place(x, y)
        title = (
            f"{point.int8_share:.0%} in int8, {point.sqnr_db:.1f} dB, {x:.4g} {unit}"
        )
        parts.append(
            f'<circle cx="{across:.1f}" cy="{down:.1f}" r="4" fill="#2c7fb8">'
            f"<title>{escape(title)}</title></circle>"
        )
    return "".join(parts)


def _text(x: float, y: float, text: str, size: int = 11) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}">{escape(text)}</text>'
