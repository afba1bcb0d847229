"""Values of ``prosody`` and ``break`` to the units of this package."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Final

from edge_tts.text.span import SpeechStyle

_RATES: Final = {
    "x-slow": 0.5,
    "slow": 0.75,
    "medium": 1.0,
    "default": 1.0,
    "fast": 1.3,
    "x-fast": 1.7,
}
_PITCHES: Final = {
    "x-low": -4.0,
    "low": -2.0,
    "medium": 0.0,
    "default": 0.0,
    "high": 2.0,
    "x-high": 4.0,
}
_VOLUMES: Final = {
    "silent": -math.inf,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 4.0,
    "x-loud": 8.0,
}
_BREAKS: Final = {
    "none": 0,
    "x-weak": 80,
    "weak": 160,
    "medium": 320,
    "strong": 640,
    "x-strong": 1200,
}
"""ms; between sentences 220 and between paragraphs 600 are usual."""
_NUMBER: Final = re.compile(
    r"([+-]?)(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*(%|st|dB|Hz|ms|s)?", re.IGNORECASE
)


def with_rate(style: SpeechStyle, value: str) -> SpeechStyle | None:
    """``style`` at another tempo; None if the value is not understood.

    ``+20%`` changes the tempo around, ``120%``, ``1.2`` and names set it.
    """
    if value in _RATES:
        return replace(style, speed=_RATES[value])
    sign, number, unit = _parts(value)
    if unit not in ("", "%") or number is None:
        return None
    if sign and not unit:
        return None
    ratio = number / 100 if unit else number
    speed = (
        style.speed * (1 + math.copysign(ratio, float(sign + "1"))) if sign else ratio
    )
    return replace(style, speed=min(max(speed, 0.05), 20.0))


def with_pitch(style: SpeechStyle, value: str) -> SpeechStyle | None:
    """``style`` at another pitch: names, ``+2st``, ``-10%``; None if not understood."""
    if value in _PITCHES:
        return replace(style, pitch=_PITCHES[value])
    sign, number, unit = _parts(value)
    if number is None or unit not in ("st", "%"):
        return None
    if unit == "st":
        shift = -number if sign == "-" else number
    else:
        ratio = number / 100
        ratio = 1 + (-ratio if sign == "-" else ratio) if sign else ratio
        shift = 12 * math.log2(max(ratio, 0.01))
    pitch = style.pitch + shift if sign or unit == "st" else shift
    return replace(style, pitch=min(max(pitch, -48.0), 48.0))


def with_volume(style: SpeechStyle, value: str) -> SpeechStyle | None:
    """``style`` louder or softer: names, ``-6dB``, ``80``, ``+10%``, or None."""
    if value in _VOLUMES:
        return replace(style, volume=_VOLUMES[value])
    sign, number, unit = _parts(value)
    if number is None or unit not in ("", "%", "db"):
        return None
    if unit == "db":
        change = -number if sign == "-" else number
        return replace(style, volume=min(style.volume + change, 60.0))
    ratio = number / 100
    ratio = 1 + (-ratio if sign == "-" else ratio) if sign else ratio
    gain = 20 * math.log10(ratio) if ratio > 0 else -math.inf
    volume = style.volume + gain if sign else gain
    return replace(style, volume=min(volume, 60.0))


def break_ms(time: str | None, strength: str | None) -> int | None:
    """Length of a break in ms; None if it is not understood."""
    if time is None:
        return _BREAKS.get("medium" if strength is None else strength.strip())
    sign, number, unit = _parts(time.strip())
    if number is None or sign == "-" or unit not in ("s", "ms"):
        return None
    return round(number * 1000 if unit == "s" else number)


def _parts(value: str) -> tuple[str, float | None, str]:
    found = _NUMBER.fullmatch(value)
    if found is None:
        return "", None, ""
    return found[1], float(found[2]), (found[3] or "").lower()
