"""Owns JobPins: what a job's audio depends on beside the text, fixed at its start."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import edge_tts
from edge_tts.backends.plan import Plan
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.errors import BackendError, ConfigError, EdgeTTSError
from edge_tts.options import BACKEND_IDS, RuntimeOptions
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.voice_library import VoiceLibrary


@dataclass(frozen=True)
class JobPins:
    """Voices with their packs and variants; equal pins give equal samples."""

    version: str
    """Of this package: its text rules decide what is said."""
    backend: str | None
    """Forced for every voice, or None."""
    precision: str | None
    voices: Mapping[str, Mapping[str, str]]
    """``PACK/SPEAKER`` -> ``pack`` (hash), and ``stage.NAME`` -> variant."""
    sample_rate: int
    """Of every voice, Hz."""
    isa: str
    """Where the job began; for the record, all give the same samples."""

    @property
    def runtime(self) -> RuntimeOptions:
        """Options that give these variants."""
        # Large chunks: nobody waits for the first sound of a book.
        return RuntimeOptions(
            backend=self.backend,
            precision=self.precision,
            num_threads=1,
            chunk_frames=256,
            # The book may go on where other things were measured, or nothing.
            measured_plan=False,
        )

    def to_json(self) -> str:
        """One line that ``from_json`` reads."""
        return json.dumps(
            {
                "version": self.version,
                "backend": self.backend,
                "precision": self.precision,
                "voices": self.voices,
                "sample_rate": self.sample_rate,
                "isa": self.isa,
            },
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> JobPins:
        """Undo ``to_json``."""
        return cls(**json.loads(text))


def pin_voices(voices: Mapping[str, None], runtime: RuntimeOptions) -> JobPins:
    """Resolve voices and choose their variants on this machine.

    Args:
        voices: Full names ``PACK/SPEAKER``.
        runtime: Forced backend and precision.

    Raises:
        PackError, BackendError: A voice is missing or cannot run here.
        ConfigError: Two voices have different sample rates.
    """
    library = VoiceLibrary()
    pinned: dict[str, dict[str, str]] = {}
    rates: dict[int, str] = {}
    isa = ""
    for name in voices:
        manifest = library.resolve(name).manifest
        plan = plan_for_this_machine(manifest, replace(runtime, measured_plan=False))
        isa = plan.isa
        rates[manifest.audio.sample_rate] = name
        pinned[name] = {"pack": _pack_hash(manifest), **_stages(plan)}
    if len(rates) > 1:
        found = ", ".join(f"{name} {rate} Hz" for rate, name in rates.items())
        raise ConfigError(f"voices of one book need one sample rate, got {found}")
    return JobPins(
        edge_tts.__version__,
        runtime.backend,
        runtime.precision,
        pinned,
        next(iter(rates)),
        isa,
    )


def repin(old: JobPins, voices: Mapping[str, None], runtime: RuntimeOptions) -> JobPins:
    """Pins for going on with a job: the old variants, even where this machine would
    choose others.

    Raises:
        BackendError: A pinned variant cannot be had here.
    """
    choices = [runtime] if runtime.backend or runtime.precision else []
    if not choices:
        labels = {v for stages in old.voices.values() for v in stages.values()}
        named = {label.partition(":")[0] for label in labels if ":" in label}
        # A later version may know others.
        backends = named.intersection(BACKEND_IDS)
        choices = [RuntimeOptions(backend=old.backend, precision=old.precision)]
        choices += [RuntimeOptions(backend=name) for name in sorted(backends)]
        choices += [
            RuntimeOptions(backend=name, precision=old.precision or "fp32")
            for name in sorted(backends)
        ]
    problem = ""
    for choice in choices:
        try:
            new = pin_voices(voices, choice)
        except EdgeTTSError as error:
            problem = f" ({error})"
            continue
        differing = [
            f"{name} {stage.removeprefix('stage.')} {variant}"
            for name, stages in old.voices.items()
            for stage, variant in stages.items()
            if name in new.voices
            and stage != "pack"
            and new.voices[name].get(stage) != variant
        ]
        if not differing or runtime.backend or runtime.precision:
            return new
        problem = problem or f" (this machine differs in {', '.join(differing)})"
    raise BackendError(
        "this job was begun with network variants that this machine cannot "
        f"run{problem}; go on where it was begun, or give --repin to speak the "
        "whole book again with what is here"
    )


def voice_digest(pins: JobPins, voice: str) -> str:
    """What a sentence key says of a voice: its name, pack and variants."""
    value = json.dumps([pins.version, voice, pins.voices[voice]], sort_keys=True)
    return hashlib.blake2b(value.encode(), digest_size=16).hexdigest()


def full_voice_name(voice: str) -> str:
    """``PACK/SPEAKER`` for any name that the library knows.

    Raises:
        PackError: No such voice.
    """
    resolved = VoiceLibrary().resolve(voice)
    if "/" in voice and "/" in voice.replace(resolved.name, ""):
        # A path: ids alone would not find it again.
        return voice
    return resolved.name


def _pack_hash(manifest: Manifest) -> str:
    files = sorted((name, file.sha256) for name, file in manifest.files.items())
    value = json.dumps([manifest.id, manifest.version, files])
    return hashlib.blake2b(value.encode(), digest_size=16).hexdigest()


def _stages(plan: Plan) -> dict[str, str]:
    return {f"stage.{name}": label for name, label in sorted(plan.variants.items())}
