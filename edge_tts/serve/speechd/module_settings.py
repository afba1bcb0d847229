"""Owns ModuleSettings: the configuration file of the output module."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from edge_tts.errors import ConfigError

VOICE_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("male1", "male2", "male3", "child_male"), "bdl"),
        **dict.fromkeys(("female1", "child_female"), "kathleen"),
        "female2": "lj",
        "female3": "slt",
    }
)
"""Symbolic names of clients -> voices."""


@dataclass(frozen=True)
class ModuleSettings:
    """Read once, when speech-dispatcher starts the module."""

    voice: str = "kathleen"
    """Where a client names none."""
    socket: str | None = None
    """Of the daemon; None finds it."""
    fastest: float = 4.0
    """Speed at rate 100; at -100 it is a third, in between it grows evenly by ear."""
    pitch_semitones: float = 8.0
    """Shift at pitch 100."""
    voice_types: Mapping[str, str] = field(default_factory=lambda: VOICE_TYPES)

    @classmethod
    def read(cls, path: Path | None) -> ModuleSettings:
        """Read a file of lines ``Key value ...``, as speech-dispatcher writes them.

        Raises:
            ConfigError: It cannot be read or understood; names the line.
        """
        if path is None or not path.exists():
            return cls()
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read {path}: {error}") from error
        settings: dict[str, object] = {}
        types = dict(VOICE_TYPES)
        for number, line in enumerate(lines, 1):
            try:
                words = shlex.split(line, comments=True)
                if words:
                    _take(words, settings, types)
            except (ValueError, IndexError) as error:
                raise ConfigError(
                    f"{path}, line {number}: expected DefaultVoice, AddVoice, "
                    f"Socket, FastestSpeed or PitchSemitones with its value, got "
                    f"{line.strip()[:60]!r}"
                ) from error
        return cls(**settings, voice_types=types)  # type: ignore[arg-type]


def _take(words: list[str], settings: dict[str, object], types: dict[str, str]) -> None:
    key, values = words[0].lower(), words[1:]
    if key == "addvoice" and len(values) == 3:
        types[values[1].lower()] = values[2]
    elif len(values) != 1:
        raise ValueError(key)
    elif key == "defaultvoice":
        settings["voice"] = values[0]
    elif key == "socket":
        settings["socket"] = values[0]
    elif key == "fastestspeed":
        settings["fastest"] = _number(values[0], 1.0, 4.0)
    elif key == "pitchsemitones":
        settings["pitch_semitones"] = _number(values[0], 0.0, 12.0)
    else:
        raise ValueError(key)


def _number(value: str, lowest: float, highest: float) -> float:
    number = float(value)
    if not lowest <= number <= highest:
        raise ValueError(value)
    return number
