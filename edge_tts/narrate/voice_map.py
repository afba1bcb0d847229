"""Owns VoiceMap: who speaks what, by role and by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edge_tts.errors import ConfigError
from edge_tts.narrate.job_pins import full_voice_name

NARRATOR: Final = "narrator"
DIALOGUE: Final = "dialogue"
TITLES: Final = "titles"
# Single quotation marks are apostrophes too often to be trusted.
_QUOTED: Final = re.compile(
    r"\u201c[^\u201c\u201d]*(?:\u201d|$)|\u00ab[^\u00ab\u00bb]*(?:\u00bb|$)"
    r"|(?<!\w)\"[^\"]*(?:\"|$)",
    re.DOTALL,
)


@dataclass(frozen=True)
class VoiceMap:
    """Roles and names of characters -> voices."""

    narrator: str
    """``PACK/SPEAKER`` of everything that has no other."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Lower-case role or name -> ``PACK/SPEAKER``."""

    def voice(self, name: str | None) -> str:
        """Voice for a role, a character or a speaker of the library.

        Raises:
            PackError: Neither in the map nor in the library.
        """
        if name is None:
            return self.narrator
        mapped = self.roles.get(name.strip().lower())
        return full_voice_name(name) if mapped is None else mapped

    def role(self, name: str) -> str | None:
        """Voice of a role, None where the map does not give it one of its own."""
        return self.roles.get(name)

    def voices(self) -> dict[str, None]:
        """Every voice once, the narrator first."""
        return dict.fromkeys((self.narrator, *self.roles.values()))

    def turns(self, text: str) -> Iterator[tuple[str | None, str]]:
        """Cut text into (role, text): quotations are ``dialogue``, the rest None."""
        if DIALOGUE not in self.roles:
            yield None, text
            return
        end = 0
        for quoted in _QUOTED.finditer(text):
            if quoted.start() > end:
                yield None, text[end : quoted.start()]
            yield DIALOGUE, quoted[0]
            end = quoted.end()
        if end < len(text):
            yield None, text[end:]


def read_voice_map(narrator: str, path: Path | None) -> VoiceMap:
    """Read a map: lines ``role = voice``, ``#`` starts a comment.

    Args:
        narrator: Voice that a line ``narrator = ...`` overrides.
        path: UTF-8 text, or None.

    Raises:
        ConfigError: The file cannot be read or a line is malformed.
        PackError: A voice does not exist.
    """
    roles: dict[str, str] = {}
    if path is not None:
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the voice map {path}: {error}") from error
        for number, line in enumerate(lines, 1):
            content = line.partition("#")[0].strip()
            if not content:
                continue
            role, equals, voice = (part.strip() for part in content.partition("="))
            if not (role and equals and voice):
                raise ConfigError(
                    f"{path}:{number}: expected 'role = voice', got {content!r}"
                )
            roles[role.lower()] = full_voice_name(voice)
    chosen = roles.pop(NARRATOR, None) or full_voice_name(narrator)
    return VoiceMap(chosen, roles)
