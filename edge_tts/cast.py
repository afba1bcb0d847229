"""Owns Cast: the voices of one text, opened once each."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass

from edge_tts.engine.speech_stream import SpeechStream
from edge_tts.errors import ConfigError
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Speaker
from edge_tts.packs.cloned_voice import ClonedVoice
from edge_tts.packs.voice_library import VoiceLibrary
from edge_tts.voice import Voice


@dataclass(frozen=True, slots=True)
class Role:
    """A speaker, ready to speak."""

    voice: Voice
    """Whose networks run; speakers of one pack share them."""
    speaker: Speaker | None = None
    """One of the voice's pack; None for the voice's own."""
    cloned: ClonedVoice | None = None
    """One cloned with the voice's pack; None for the voice's own."""

    def open_stream(self) -> AbstractContextManager[SpeechStream]:
        """Borrow a stream of the voice for this speaker."""
        return self.voice.open_stream(self.speaker, self.cloned)


class Cast:
    """Finds the voice for each part of a text; threads may share it.

    Args:
        voice: Who speaks where the text names nobody; closed by ``close``.
        runtime: Forced choices for further voices.
    """

    def __init__(self, voice: Voice, runtime: RuntimeOptions) -> None:
        self._runtime = runtime
        self._voices = [voice]
        self._lead = Role(voice)
        self._roles: dict[str, Role] = {}
        self._opening = threading.Lock()
        # Whatever is wrong shows now, and the first sound need not wait for memory.
        with self._lead.open_stream():
            pass

    def role(self, name: str | None) -> Role:
        """Return the speaker of a name, ``SPEAKER`` or ``PACK/SPEAKER``.

        Raises:
            PackError: No such voice.
            ConfigError: Its sample rate is not that of the others.
        """
        if name is None:
            return self._lead
        with self._opening:
            if name not in self._roles:
                self._roles[name] = self._open(name)
            return self._roles[name]

    def close(self) -> None:
        """Free all networks."""
        for voice in self._voices:
            voice.close()

    def _open(self, name: str) -> Role:
        resolved = VoiceLibrary().resolve(name)
        for voice in self._voices:
            if voice.manifest == resolved.manifest:
                return Role(voice, resolved.speaker, resolved.cloned)
        lead = self._lead.voice
        if resolved.manifest.audio.sample_rate != lead.sample_rate:
            raise ConfigError(
                f"voice {name} speaks at {resolved.manifest.audio.sample_rate} Hz and "
                f"{lead.name} at {lead.sample_rate} Hz: they cannot share one output"
            )
        voice = Voice.load(name, self._runtime, lead.max_streams)
        self._voices.append(voice)
        return Role(voice)
