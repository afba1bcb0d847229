"""The least quality a quantised variant must have to be selected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge_tts.packs.variant import Variant

MINIMA: Final[Mapping[str, float]] = {"pesq_wb": 4.0, "top1_agreement": 0.95}
"""Metric -> lowest figure against fp32 of the same stage or voice, same seed."""
MAXIMA: Final[Mapping[str, float]] = {
    "log_mel_l1": 0.05,
    "f0_rmse_hz": 2.0,
    "vuv_error": 0.01,
}
"""Metric -> highest figure; nat, Hz, and a share of the frames."""


def gate_problem(variant: Variant) -> str | None:
    """Why a variant must not be selected, or None if nothing speaks against it."""
    if variant.gate == "fail":
        return "the pack says it fails its quality gate"
    for metric, figure in variant.quality.items():
        if metric in MINIMA and figure < MINIMA[metric]:
            return f"{metric} {figure:g} is below {MINIMA[metric]:g}"
        if metric in MAXIMA and figure > MAXIMA[metric]:
            return f"{metric} {figure:g} is above {MAXIMA[metric]:g}"
    return None


def is_measured(variant: Variant) -> bool:
    """Whether somebody vouches for the quality: fp32 is its own reference."""
    gated = MINIMA.keys() | MAXIMA.keys()
    return (
        variant.precision == "fp32"
        or variant.gate == "pass"
        or not gated.isdisjoint(variant.quality)
    )
