"""Owns SpeechSource: speech by the daemon where one runs, else by this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from edge_tts.audio import AudioChunk
from edge_tts.client.client import Client
from edge_tts.errors import NotReady
from edge_tts.options import SynthesisOptions
from edge_tts.serve.speechd.module_settings import ModuleSettings
from edge_tts.synthesizer import Synthesizer
from edge_tts.text.ssml import parse_ssml


class SpeechSource:
    """Chunks of SSML documents; used by one thread at a time.

    Args:
        settings: The daemon's address and the usual voice.
    """

    def __init__(self, settings: ModuleSettings) -> None:
        self._client = Client(settings.socket)
        self._voice = settings.voice
        self._own: Synthesizer | None = None

    def open(self) -> str:
        """Get ready to speak; return who will.

        Raises:
            EdgeTTSError: There is no daemon, and the voice cannot be had.
        """
        try:
            self._client.status()
        except NotReady:
            self._synthesizer()
            return "edge_tts speaks by itself"
        return "edge_tts speaks through its daemon"

    @contextmanager
    def speech(
        self, ssml: str, voice: str, options: SynthesisOptions
    ) -> Iterator[Iterable[AudioChunk]]:
        """Speak a document; leaving the block stops.

        Raises:
            EdgeTTSError: As speaking in-process.
        """
        try:
            remote = self._client.speak(ssml, voice, options, ssml=True)
        except NotReady:
            pass
        else:
            # A daemon that goes in mid-sentence is an error of the listener's loop:
            # it must not begin the message again.
            with remote as speech:
                yield speech
            return
        passage = parse_ssml(ssml).passage
        chunks = self._synthesizer().stream(passage, options, voice=voice)
        try:
            yield chunks
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def close(self) -> None:
        """Free the voice."""
        if self._own is not None:
            self._own.close()

    def _synthesizer(self) -> Synthesizer:
        if self._own is None:
            self._own = Synthesizer(self._voice)
        return self._own
