"""Owns VoiceShelf: voices loaded on demand, within a budget of memory."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from edge_tts.errors import EdgeTTSError, PackError
from edge_tts.packs.voice_library import ResolvedVoice, VoiceLibrary
from edge_tts.serve.loaded_voice import LoadedVoice, Stamp, pack_stamp
from edge_tts.serve.settings import BrokerSettings
from edge_tts.serve.status import VoiceStatus

_LOG = logging.getLogger(__name__)
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}(?:/[A-Za-z0-9._-]{1,64})?")
_TRUSTED_S: Final = 1.0
"""How long a look at the disk counts."""


@dataclass(frozen=True)
class VoiceLease:
    """The right to speak with a voice until ``release``."""

    loaded: LoadedVoice
    speaker: str
    """``PACK/SPEAKER``."""
    release: Callable[[], None]
    clone: str = ""
    """Digest of a cloned voice's file; empty for a speaker of the pack."""


@dataclass
class _Known:
    """Where a name led to when it was looked up."""

    loaded: LoadedVoice
    speaker: str
    folders: Stamp
    checked_at: float
    clone: str


class VoiceShelf:
    """Packs in memory. ``find`` is quick; ``load`` blocks and is for a thread.

    A pack that is replaced on disk is loaded anew for the next request; who speaks
    with the old one keeps it to the end.
    """

    def __init__(self, settings: BrokerSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._names: dict[str, _Known] = {}
        self._packs: list[LoadedVoice] = []
        self._reapers: list[threading.Thread] = []

    def find(self, name: str | None) -> VoiceLease | None:
        """Lend a voice that is in memory and current; None means: load it."""
        name = (name or self.settings.voice).lower()
        now = time.monotonic()
        with self._lock:
            known = self._names.get(name)
            if known is None or known.loaded.is_retired:
                return None
            if now - known.checked_at > _TRUSTED_S:
                if known.folders != _folder_stamp() or (
                    pack_stamp(known.loaded.path) != known.loaded.stamp
                ):
                    return None
                known.checked_at = now
            return self._lend(known)

    def load(self, name: str | None) -> VoiceLease:
        """Find a voice on disk, load it where it is not in memory, and lend it.

        Raises:
            PackError: No such voice, or its pack is damaged.
            BackendError: It cannot run here.
        """
        asked = name or self.settings.voice
        # The daemon's own configuration may name a path, clients may not.
        trusted = name is None or name in (self.settings.voice, *self.settings.preload)
        if not trusted and not _NAME.fullmatch(asked):
            raise _no_name(asked)
        with self._loading:
            folders = _folder_stamp()
            resolved = VoiceLibrary().resolve(asked, allow_path=trusted)
            stamp = pack_stamp(resolved.path)
            speaker = f"{resolved.manifest.id}/{resolved.speaker.id}"
            clone = _clone_digest(resolved)
            loaded = self._in_memory(resolved.path, stamp, speaker, clone)
            if loaded is None:
                loaded = LoadedVoice(resolved, self.settings)
                _LOG.info(
                    "loaded voice pack %s (%d MB)",
                    loaded.manifest.id,
                    loaded.nbytes // 1_000_000,
                )
            with self._lock:
                known = _Known(loaded, speaker, folders, time.monotonic(), clone)
                loaded.clones[speaker] = clone
                # A daemon asked for thousands of names must not remember them all.
                if len(self._names) > 256:
                    self._names.clear()
                self._names[asked.lower()] = known
                if loaded not in self._packs:
                    self._packs.append(loaded)
                lease = self._lend(known)
                self._tidy()
            return lease

    def check(self, names: Iterator[str] | tuple[str, ...]) -> None:
        """Refuse names inside a document that no client may use.

        Raises:
            PackError: A name is a path, or there is no such voice.
        """
        library = VoiceLibrary()
        for name in names:
            if not _NAME.fullmatch(name):
                raise _no_name(name)
            library.resolve(name, allow_path=False)

    def forget(self) -> None:
        """Look everything up again at the next request, lexicons too."""
        with self._lock:
            self._names.clear()
            for loaded in self._packs:
                loaded.is_retired = True
            self._tidy()

    def status(self) -> tuple[VoiceStatus, ...]:
        """Packs in memory that take new jobs."""
        with self._lock:
            return tuple(p.status() for p in self._packs if not p.is_retired)

    def close(self) -> None:
        """Free all voices; those in use go with their last job."""
        self.forget()
        for reaper in list(self._reapers):
            reaper.join()

    def _in_memory(
        self, path: object, stamp: Stamp, speaker: str, clone: str
    ) -> LoadedVoice | None:
        with self._lock:
            for loaded in self._packs:
                if loaded.path == path and not loaded.is_retired:
                    same = loaded.clones.get(speaker, clone) == clone
                    if same and loaded.stamp == stamp:
                        return loaded
                    loaded.is_retired = True
                    _LOG.info("voice pack %s was replaced", loaded.manifest.id)
            return None

    def _lend(self, known: _Known) -> VoiceLease:
        loaded = known.loaded
        loaded.num_jobs += 1
        loaded.used_at = time.monotonic()
        released = False

        def release() -> None:
            nonlocal released
            with self._lock:
                if not released:
                    released = True
                    loaded.num_jobs -= 1
                    self._tidy()

        return VoiceLease(loaded, known.speaker, release, known.clone)

    def _tidy(self) -> None:
        """Retire what exceeds the budget, close what is retired and unused."""
        total = sum(pack.nbytes for pack in self._packs)
        for pack in sorted(self._packs, key=lambda pack: pack.used_at):
            if total <= self.settings.voice_budget_nbytes:
                break
            newest = pack.used_at == max(other.used_at for other in self._packs)
            if not pack.num_jobs and not newest:
                pack.is_retired = True
                total -= pack.nbytes
        for pack in [p for p in self._packs if p.is_retired and not p.num_jobs]:
            self._packs.remove(pack)
            _LOG.info("freed voice pack %s", pack.manifest.id)
            # Freeing a network takes time that neither the loop nor a worker has.
            reaper = threading.Thread(
                target=_close, args=(pack,), name="edge-voice-reaper", daemon=True
            )
            self._reapers = [t for t in self._reapers if t.is_alive()] + [reaper]
            reaper.start()


def _clone_digest(resolved: ResolvedVoice) -> str:
    if resolved.cloned is None:
        return ""
    return hashlib.sha256(resolved.cloned.to_bytes()).hexdigest()


def _no_name(asked: str) -> PackError:
    return PackError(
        f"expected a voice as SPEAKER or PACK/SPEAKER, got {asked[:80]!r}; "
        "see `edgetts voices list`"
    )


def _close(pack: LoadedVoice) -> None:
    try:
        pack.close()
    except EdgeTTSError as error:
        _LOG.error("a voice could not be freed: %s", error)


def _folder_stamp() -> Stamp:
    """Changes when a pack is added to or removed from the search path."""
    stamp: list[int] = []
    for folder in VoiceLibrary().folders:
        try:
            status = folder.path.stat()
        except OSError:
            stamp += (0, 0)
        else:
            stamp += (status.st_mtime_ns, status.st_ino)
    return tuple(stamp)
