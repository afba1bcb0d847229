"""Owns ClientSettings: what a client of speech-dispatcher set, as we understand it."""

from __future__ import annotations

import math
from typing import Final

from edge_tts.options import SynthesisOptions
from edge_tts.serve.speechd.module_settings import ModuleSettings

_UNSET: Final = "NULL"
_SLOWEST: Final = 1 / 3
_NUMBERS: Final = ("rate", "pitch", "pitch_range", "volume")
_WORDS: Final = {
    "punctuation_mode": ("none", "some", "most", "all"),
    "spelling_mode": ("on", "off"),
    "cap_let_recogn": ("none", "spell", "icon"),
}
_NAMES: Final = ("voice", "language", "synthesis_voice", "punctuation_some")


class ClientSettings:
    """Values of ``SET``; each holds until it is set anew.

    Args:
        module: Ranges and voices.
    """

    def __init__(self, module: ModuleSettings) -> None:
        self._module = module
        self._numbers = dict.fromkeys(_NUMBERS, 0)
        self._numbers["volume"] = 100
        self._words: dict[str, str] = {}

    def set(self, name: str, value: str) -> bool:
        """Take one value; False when it is none."""
        if name in _NUMBERS:
            try:
                number = int(value)
            except ValueError:
                return False
            self._numbers[name] = min(max(number, -100), 100)
            return True
        if name in _WORDS and value not in (*_WORDS[name], _UNSET):
            return False
        if name not in _WORDS and name not in _NAMES:
            return False
        self._words[name] = value
        return True

    @property
    def options(self) -> SynthesisOptions:
        """Speed, pitch and volume."""
        rate = self._numbers["rate"] / 100
        base = self._module.fastest if rate > 0 else 1 / _SLOWEST
        share = (self._numbers["volume"] + 100) / 200
        decibels = -60.0 if share < 1e-3 else 20 * math.log10(share)
        return SynthesisOptions(
            speed=base**rate,
            pitch=self._numbers["pitch"] / 100 * self._module.pitch_semitones,
            volume=decibels,
        )

    @property
    def voice(self) -> str:
        """The voice named, else the one of the symbolic name, else the usual one."""
        named = self._words.get("synthesis_voice", _UNSET)
        if named != _UNSET:
            return named
        kind = self._words.get("voice", _UNSET).lower()
        # Clients send male1 when nobody chose anything.
        if kind in ("male1", _UNSET.lower()):
            return self._module.voice
        return self._module.voice_types.get(kind, self._module.voice)

    @property
    def punctuation(self) -> str:
        """``none``, ``some``, ``most`` or ``all`` are to be spoken."""
        return self._word("punctuation_mode", "none")

    @property
    def spells(self) -> bool:
        """Whether every letter is to be spoken."""
        return self._word("spelling_mode", "off") == "on"

    @property
    def tells_capitals(self) -> bool:
        """Whether a capital letter is to be called one."""
        return self._word("cap_let_recogn", "none") != "none"

    def _word(self, name: str, default: str) -> str:
        value = self._words.get(name, _UNSET)
        return default if value == _UNSET else value
