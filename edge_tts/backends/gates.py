"""The least quality a quantised variant must have to be bundled and to be selected."""

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

_SOUND: Final = ("pesq_wb", "log_mel_l1")
_TOKENS: Final = ("top1_agreement",)
MEASURES: Final[Mapping[str, tuple[str, ...]]] = {
    "map": (*_SOUND, *_TOKENS),
    "ode": _SOUND,
    "ar": _TOKENS,
    "refine": _TOKENS,
    "host": _SOUND,
}
"""Kind of stage -> measures of which a variant that claims to pass has at least one:
loops over tokens are judged by the tokens, everything else by the sound."""
_FLOATS: Final = ("fp32", "fp16")


def gate_problem(variant: Variant, kind: str = "map") -> str | None:
    """Why a variant must not be selected, or None if nothing speaks against it.

    Args:
        variant: The variant.
        kind: Of its stage.
    """
    if variant.gate == "fail":
        return "the pack says it fails its quality gate"
    for metric, figure in variant.quality.items():
        # Written so that a figure that is no number fails as well.
        if metric in MINIMA and not figure >= MINIMA[metric]:
            return f"{metric} {figure:g} is below {MINIMA[metric]:g}"
        if metric in MAXIMA and not figure <= MAXIMA[metric]:
            return f"{metric} {figure:g} is above {MAXIMA[metric]:g}"
    if variant.gate != "pass" or variant.precision in _FLOATS:
        return None
    if variant.quality.keys().isdisjoint(MEASURES[kind]):
        return (
            "the pack says it passes its gate but records none of "
            f"{', '.join(MEASURES[kind])}"
        )
    return None


def is_measured(variant: Variant) -> bool:
    """Whether somebody vouches for the quality: fp32 is its own reference."""
    gated = MINIMA.keys() | MAXIMA.keys()
    return (
        variant.precision == "fp32"
        or variant.gate == "pass"
        or not gated.isdisjoint(variant.quality)
    )
