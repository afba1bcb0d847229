"""Owns LoadedVoice: a pack in memory, and how many jobs speak with it."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TypeAlias

import edge_tts
from edge_tts.packs.voice_library import ResolvedVoice
from edge_tts.serve.settings import BrokerSettings
from edge_tts.serve.status import VoiceStatus
from edge_tts.synthesizer import Synthesizer

Stamp: TypeAlias = tuple[int, ...]
WARM_UP_TEXT = (
    "Dr. Smith paid $5.20 at 10:30 on 3 May 2024, or so he says. Isn't it odd?"
)
"""Touches the tables, the code and the memory that the first request would wait for."""
_STREAM_NBYTES = 2_500_000
"""Of states and buffers, measured with the shipped voice."""


class LoadedVoice:
    """Networks of one pack; its speakers share them.

    Raises:
        PackError: The pack is damaged.
        BackendError: It cannot run here.
    """

    def __init__(self, resolved: ResolvedVoice, settings: BrokerSettings) -> None:
        self.path = resolved.path
        self.stamp = pack_stamp(resolved.path)
        before = _rss_nbytes()
        # A cloned voice is found by its name: the pack does not know it.
        is_cloned = resolved.cloned is not None
        place = resolved.manifest.id if is_cloned else resolved.path
        self.synthesizer = Synthesizer(
            f"{place}/{resolved.speaker.id}",
            runtime=settings.runtime,
            user_lexicon=settings.lexicon,
            max_streams=settings.max_active,
        )
        voice = self.synthesizer.voice
        self.manifest = voice.manifest
        for _ in self.synthesizer.stream(WARM_UP_TEXT):
            pass
        started = time.monotonic()
        self.warm_audio_s = sum(
            chunk.seconds for chunk in self.synthesizer.stream(WARM_UP_TEXT)
        )
        """Length of ``WARM_UP_TEXT``, s."""
        self.warm_worker_s = time.monotonic() - started
        """Time it took: what is believed of speed until there is more to go by."""
        grown = _rss_nbytes() - before
        on_disk = sum(item.size for item in self.manifest.files.values())
        self._nbytes = max(grown, on_disk // 4)
        self.digest = _digest(resolved, self.synthesizer, settings.lexicon)
        """Of all that decides how a text sounds, but the text and its options."""
        self.clones: dict[str, str] = {}
        """Cloned voices that speak with it -> digests of their files."""
        self.num_jobs = 0
        """Changed under the shelf's lock, as the next two."""
        self.used_at = time.monotonic()
        self.is_retired = False
        """Whether the file changed or the memory is needed: no new jobs."""

    @property
    def nbytes(self) -> int:
        """Memory it takes, estimated."""
        return self._nbytes + self.num_jobs * _STREAM_NBYTES

    def status(self) -> VoiceStatus:
        """Describe it."""
        plan = self.synthesizer.voice.plan
        return VoiceStatus(
            pack=self.manifest.id,
            speakers=tuple(speaker.id for speaker in self.manifest.speakers),
            num_jobs=self.num_jobs,
            nbytes=self.nbytes,
            variants=plan.variants,
            threads=plan.num_threads,
            isa=plan.isa,
        )

    def close(self) -> None:
        """Free the networks."""
        self.synthesizer.close()


def pack_stamp(path: Path) -> Stamp:
    """Changes when a pack is replaced; zeros where there is none."""
    try:
        status = (path / "pack.json" if path.is_dir() else path).stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_mtime_ns, status.st_ino, status.st_size)


def _digest(
    resolved: ResolvedVoice, synthesizer: Synthesizer, lexicon: Path | None
) -> str:
    manifest = resolved.manifest
    facts = {
        "version": edge_tts.__version__,
        "pack": {name: file.sha256 for name, file in manifest.files.items()},
        # The manifest itself has no digest; its constants and samplers count too.
        "manifest": hashlib.sha256(repr(manifest).encode()).hexdigest(),
        "variants": synthesizer.voice.plan.variants,
        "isa": synthesizer.voice.plan.isa,
        "lexicon": None
        if lexicon is None
        else hashlib.sha256(lexicon.read_bytes()).hexdigest(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _rss_nbytes() -> int:
    try:
        fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(fields[1]) * 4096
