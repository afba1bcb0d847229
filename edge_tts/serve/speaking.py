"""Owns Speaking: what a worker does for one request, from the cache or by the voice."""

from __future__ import annotations

from collections.abc import Iterator

from edge_tts.audio import AudioChunk
from edge_tts.serve.phrase_cache import PhraseCache
from edge_tts.serve.request import SpeechRequest
from edge_tts.serve.voice_shelf import VoiceLease
from edge_tts.synthesizer import SpeechText


class Speaking:
    """Opens the chunks of one request; what it makes to the end is remembered.

    Args:
        cache: Asked first.
        key: Of the phrase; None where it is not to be remembered.
        text: What to speak.
        request: How.
        lease: Of the voice.
    """

    def __init__(
        self,
        cache: PhraseCache,
        key: str | None,
        text: SpeechText,
        request: SpeechRequest,
        lease: VoiceLease,
    ) -> None:
        self._cache = cache
        self._key = key
        self._text = text
        self._request = request
        self._lease = lease
        self.is_cached = False
        """Whether the cache had it."""

    def chunks(self) -> Iterator[AudioChunk]:
        """Begin to speak."""
        synthesizer = self._lease.loaded.synthesizer
        if self._key is not None:
            known = self._cache.get(self._key)
            if known is not None:
                self.is_cached = True
                yield from known
                return
        made: list[AudioChunk] = []
        for chunk in synthesizer.stream(
            self._text, self._request.options, voice=self._lease.speaker
        ):
            if self._key is not None:
                made.append(chunk)
            yield chunk
        if self._key is not None:
            self._cache.put(self._key, made)
