"""Voices to fall back on: the same with cheaper variants, or its ``-lite`` pack."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from edge_tts.adaptation.ladder import Rung
from edge_tts.backends.selection import Machine, cheapest_variants
from edge_tts.errors import EdgeTTSError
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Speaker
from edge_tts.packs.voice_library import VoiceLibrary
from edge_tts.voice import Voice

LITE_SUFFIX: Final = "-lite"
_LOG = logging.getLogger(__name__)


@dataclass
class _Opening:
    """A voice that a thread opens."""

    voice: Voice | None = None
    failed: bool = False


class FallbackVoices:
    """What a voice can fall back on; opened when first wanted, in a thread of its own.

    Opening takes as long as a chunk or two, which is not there when it is wanted.

    Args:
        voice: As planned; not closed here.
        runtime: Choices forced by the caller; they are kept.
    """

    def __init__(self, voice: Voice, runtime: RuntimeOptions) -> None:
        self._voice = voice
        self._runtime = runtime
        self._lock = threading.Lock()
        self._opened: dict[Rung, _Opening] = {}
        self._openers: dict[Rung, Callable[[], Voice]] | None = None

    def rungs(self) -> tuple[Rung, ...]:
        """What there is to give up, in order; looks at the disk the first time."""
        with self._lock:
            if self._openers is None:
                self._openers = self._find_openers()
            return (Rung.PLANNED, Rung.LARGER_CHUNKS, *self._openers)

    def stands_in_for(self, voice: Voice) -> bool:
        """Whether these are the fallbacks of a voice."""
        return voice is self._voice

    def voice(self, rung: Rung) -> Voice:
        """The voice of a rung; the one before it until it is open."""
        for wanted in reversed(self._openers or {}):
            if _ORDER.index(wanted) > _ORDER.index(rung):
                continue
            opening = self._open(wanted)
            if opening.voice is not None:
                return opening.voice
        return self._voice

    def close(self) -> None:
        """Free what was opened."""
        with self._lock:
            self._openers = {}
            opened, self._opened = self._opened, {}
        for opening in opened.values():
            if opening.voice is not None:
                opening.voice.close()

    def _find_openers(self) -> dict[Rung, Callable[[], Voice]]:
        openers: dict[Rung, Callable[[], Voice]] = {}
        voice, runtime = self._voice, self._runtime
        manifest, plan = voice.manifest, voice.plan
        variants = cheapest_variants(manifest, Machine.current(), runtime)
        threads = runtime.num_threads or 1
        planned = {name: choice.variant for name, choice in plan.choices.items()}
        if variants != planned or threads < plan.num_threads:
            openers[Rung.CHEAPER_VARIANTS] = partial(voice.reopen, variants, threads)
        if voice.is_cloned:
            return openers
        wanted = f"{manifest.id}{LITE_SUFFIX}"
        for entry in VoiceLibrary().entries():
            lite = entry.manifest
            if lite is None or lite.id != wanted or lite.audio != manifest.audio:
                continue
            if any(other.id == voice.speaker.id for other in lite.speakers):
                name = f"{wanted}/{voice.speaker.id}"
                openers[Rung.LITE_VOICE] = partial(Voice.load, name, runtime)
        return openers

    def speaker(self, voice: Voice, speaker: Speaker | None) -> Speaker | None:
        """The same speaker in another pack; None for the voice's own."""
        if speaker is None or voice.manifest.id == self._voice.manifest.id:
            return speaker
        for other in voice.manifest.speakers:
            if other.id == speaker.id:
                return other
        return None

    def _open(self, rung: Rung) -> _Opening:
        with self._lock:
            opening = self._opened.get(rung)
            opener = (self._openers or {}).get(rung)
            if opening is None and opener is not None:
                opening = self._opened[rung] = _Opening()
                name = f"edge-{rung.name.lower()}"
                threading.Thread(
                    target=self._run,
                    args=(rung, opener, opening),
                    name=name,
                    daemon=True,
                ).start()
        return opening or _Opening(failed=True)

    def _run(self, rung: Rung, opener: Callable[[], Voice], opening: _Opening) -> None:
        try:
            voice = opener()
        except EdgeTTSError as error:
            opening.failed = True
            _LOG.warning("%s cannot be had: %s", rung, error)
            return
        with self._lock:
            if self._opened.get(rung) is opening:
                opening.voice = voice
                return
        voice.close()


_ORDER: Final = tuple(Rung)
