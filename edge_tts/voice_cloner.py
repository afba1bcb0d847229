"""Owns VoiceCloner: recordings in, cloned voices out."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

from edge_tts.audio.recording import read_recording
from edge_tts.audio.reference_cut import cut_reference
from edge_tts.backends.registry import open_executors
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.engine.embedding_table import EmbeddingTable
from edge_tts.engine.mimi_encoder import MimiEncoder
from edge_tts.engine.reference_encoder import ReferenceEncoder
from edge_tts.errors import PackError, RecordingError
from edge_tts.models.mimi import ANALYSIS, CODEBOOKS, DOWNSAMPLE, ENCODER
from edge_tts.models.sopro_reference import (
    CODE_TABLE,
    CODEBOOK_SIZE,
    NUM_CODEBOOKS,
    REFERENCE,
    REFERENCE_STAGES,
    REFERENCE_WEIGHTS,
    SPEAKER,
    SPEAKER_OUT,
    SPEAKER_TABLE,
    SPEAKER_WEIGHTS,
)
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Manifest, Pack
from edge_tts.packs.cloned_voice import ClonedVoice, pack_fingerprint
from edge_tts.packs.speaker import ID_PATTERN
from edge_tts.packs.voice_library import VoiceLibrary

DEFAULT_SECONDS: Final = 12.0
"""Of a recording that a voice is made from."""


class Clone(NamedTuple):
    """A voice and what there is to say about its recording."""

    voice: ClonedVoice
    seconds: float
    """Of the recording that were used."""
    warnings: tuple[str, ...]


class VoiceCloner:
    """Makes voices from recordings with the networks of one pack.

    The same recording gives the same voice, bit for bit.

    Args:
        pack: Id of an installed pack that can clone, or a path to one; empty for the
            only one that is installed.
        runtime: Forced choices; None leaves them to the plan.

    Raises:
        PackError: No such pack, or it cannot clone.
        BackendError: No backend here can run it.
    """

    def __init__(
        self,
        pack: str = "",
        *,
        runtime: RuntimeOptions = RuntimeOptions(),  # noqa: B008 - frozen
    ) -> None:
        path = _find(pack)
        with Pack.open(path) as opened:
            self._manifest = opened.manifest
            reference = self._manifest.reference
            if reference is None or set(reference.stages) != set(REFERENCE_STAGES):
                raise PackError(
                    f"pack {self._manifest.id} cannot clone voices; name another one"
                )
            self._reference = reference
            plan = plan_for_this_machine(self._manifest, runtime)
            self._executors = open_executors(
                opened,
                {stage: plan.choices[stage].variant for stage in REFERENCE_STAGES},
                num_threads=plan.num_threads,
            )
            size = int(opened.constant(CODEBOOK_SIZE))
            stages = self._executors
            self._mimi = MimiEncoder(
                stages[ANALYSIS],
                stages[ENCODER],
                stages[DOWNSAMPLE],
                codebooks=_table(opened, CODEBOOKS),
                num_codebooks=int(opened.constant(NUM_CODEBOOKS)),
                codebook_size=size,
            )
            self._encoder = ReferenceEncoder(
                stages[SPEAKER],
                stages[SPEAKER_OUT],
                stages[REFERENCE],
                speaker_table=_table(opened, SPEAKER_TABLE),
                code_table=_table(opened, CODE_TABLE),
                speaker_weights=opened.constant(SPEAKER_WEIGHTS),
                reference_weights=opened.constant(REFERENCE_WEIGHTS),
                codebook_size=size,
            )

    @property
    def manifest(self) -> Manifest:
        """What the pack says about itself."""
        return self._manifest

    def clone(
        self,
        recording: Path,
        name: str,
        seconds: float | None = None,
        progress: Callable[[str], object] = lambda step: None,
    ) -> Clone:
        """Make a voice.

        Args:
            recording: Sound file in which one person speaks.
            name: Of the voice: lower-case letters, digits, ``.``, ``_`` and ``-``.
            seconds: Most that is used, from the middle of the recording; None for 12.
            progress: Told what is being done.

        Raises:
            RecordingError: The recording cannot be used; names the file.
            PackError: The name or the number of seconds is impossible.
        """
        check_name(name)
        rules, audio = self._reference, self._manifest.audio
        if seconds is None:
            seconds = min(DEFAULT_SECONDS, rules.max_seconds)
        if not rules.min_seconds <= seconds <= rules.max_seconds:
            raise PackError(
                f"{seconds:g} seconds of reference, expected {rules.min_seconds:g} to "
                f"{rules.max_seconds:g} with pack {self._manifest.id}"
            )
        progress("reading the recording")
        heard = read_recording(recording)
        frames = max(1, round(seconds * audio.sample_rate / audio.hop_length))
        try:
            samples = cut_reference(
                heard,
                audio.sample_rate,
                most_samples=frames * audio.hop_length,
                least_seconds=rules.min_seconds,
                trim=rules.trim == "energy",
                centre=rules.crop == "centre",
            )
        except RecordingError as error:
            raise RecordingError(f"{recording}: {error}") from error
        progress("encoding it")
        codes = self._mimi.encode(samples)
        progress("taking on the voice")
        found = self._encoder.encode(codes)
        voice = ClonedVoice(
            name=name,
            codes=codes,
            speaker=found.speaker,
            keys=found.keys,
            values=found.values,
            pack=self._manifest.id,
            fingerprint=pack_fingerprint(self._manifest),
            source=hashlib.sha256(recording.read_bytes()).hexdigest(),
            created=datetime.datetime.now(datetime.timezone.utc).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
        )
        return Clone(voice, len(samples) / audio.sample_rate, heard.warnings)

    def close(self) -> None:
        """Give up the networks."""
        for executor in self._executors.values():
            executor.close()

    def __enter__(self) -> VoiceCloner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def check_name(name: str) -> None:
    """Refuse names that no voice can have.

    Raises:
        PackError: Says which ones are possible.
    """
    if not re.match(ID_PATTERN, name):
        raise PackError(
            f"{name[:80]!r} is no name of a voice; use up to 64 lower-case letters, "
            "digits, '.', '_' and '-', such as my-voice"
        )


def _find(pack: str) -> Path:
    if pack:
        return VoiceLibrary().resolve(pack).path
    able = [
        entry
        for entry in VoiceLibrary().entries()
        if entry.manifest is not None
        and entry.manifest.reference is not None
        and not entry.shadowed
    ]
    if not able:
        raise PackError(
            "no installed pack can clone voices; `python -m calibrate convert sopro` "
            "makes one, `edgetts voices add` installs it"
        )
    if len(able) > 1:
        names = ", ".join(entry.manifest.id for entry in able if entry.manifest)
        raise PackError(f"several packs can clone voices: {names}; name one (--pack)")
    return able[0].path


def _table(pack: Pack, name: str) -> EmbeddingTable:
    scale = f"{name}_scale"
    known = scale in pack.manifest.constants
    return EmbeddingTable(
        pack.constant(name), pack.constant(scale) if known else None, name
    )
