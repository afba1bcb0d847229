"""Owns Cast: the voices of one text, opened once each."""

from __future__ import annotations

from dataclasses import dataclass

from edge_tts.engine.open_stream import OpenedStream
from edge_tts.errors import ConfigError
from edge_tts.options import RuntimeOptions
from edge_tts.packs.voice_library import VoiceLibrary
from edge_tts.voice import Voice


@dataclass(frozen=True, slots=True)
class Role:
    """A speaker, ready to speak."""

    voice: Voice
    """Whose networks run; speakers of one pack share them."""
    opened: OpenedStream


class Cast:
    """Finds the voice for each part of a text.

    Args:
        voice: Who speaks where the text names nobody; closed by ``close``.
        runtime: Forced choices for further voices.
    """

    def __init__(self, voice: Voice, runtime: RuntimeOptions) -> None:
        self._runtime = runtime
        self._voices = [voice]
        self._lead = Role(voice, voice.open_stream())
        self._roles: dict[str, Role] = {}

    def role(self, name: str | None) -> Role:
        """Return the speaker of a name, ``SPEAKER`` or ``PACK/SPEAKER``.

        Raises:
            PackError: No such voice.
            ConfigError: Its sample rate is not that of the others.
        """
        if name is None:
            return self._lead
        if name not in self._roles:
            self._roles[name] = self._open(name)
        return self._roles[name]

    def close(self) -> None:
        """Free all networks."""
        for role in (self._lead, *self._roles.values()):
            for run in role.opened.runs:
                run.close()
        for voice in self._voices:
            voice.close()

    def _open(self, name: str) -> Role:
        resolved = VoiceLibrary().resolve(name)
        for voice in self._voices:
            if voice.manifest == resolved.manifest:
                return Role(voice, voice.open_stream(resolved.speaker))
        lead = self._lead.voice
        if resolved.manifest.audio.sample_rate != lead.sample_rate:
            raise ConfigError(
                f"voice {name} speaks at {resolved.manifest.audio.sample_rate} Hz and "
                f"{lead.name} at {lead.sample_rate} Hz: they cannot share one output"
            )
        voice = Voice.load(name, self._runtime)
        self._voices.append(voice)
        return Role(voice, voice.open_stream())
