"""Owns Voice: a speaker of a pack with its networks ready to run on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor
from edge_tts.backends.plan import Plan, StageChoice
from edge_tts.backends.registry import open_executors
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.cpu.topology import running_on
from edge_tts.engine.check_family import check_family
from edge_tts.engine.open_stream import open_stream, read_arrays
from edge_tts.engine.speech_stream import SpeechStream
from edge_tts.engine.stream_pool import StreamPool
from edge_tts.errors import ConfigError, PackError
from edge_tts.options import RuntimeOptions
from edge_tts.packs import Manifest, Pack, Speaker, Variant
from edge_tts.packs.cloned_voice import ClonedVoice
from edge_tts.packs.voice_library import VoiceLibrary

MAX_STREAMS: Final = 8
"""Streams of one voice that may be open at once; they are opened when needed."""
STREAM_TIMEOUT_S: Final = 60.0
"""How long to wait for a stream when all are in use."""


class Voice:
    """Networks of one pack and a speaker in it.

    Any number of threads may open streams; at most ``max_streams`` are in use at once,
    and who comes then waits.
    """

    def __init__(
        self,
        manifest: Manifest,
        speaker: Speaker,
        plan: Plan,
        executors: Mapping[str, StageExecutor],
        max_streams: int = MAX_STREAMS,
        *,
        path: Path,
        arrays: Mapping[str, NDArray[Any]] = MappingProxyType({}),
        cloned: ClonedVoice | None = None,
    ) -> None:
        self._path = path
        self._manifest = manifest
        self._speaker = speaker
        self._plan = plan
        self._executors = executors
        self._arrays = arrays
        self._cloned = cloned
        if max_streams < 1:
            raise ConfigError(f"max_streams must be at least 1, got {max_streams}")
        self._max_streams = max_streams
        self._streams = StreamPool(
            lambda: open_stream(manifest, executors, speaker.index, arrays),
            max_streams,
            self.name,
        )

    @classmethod
    def load(
        cls, name: str, runtime: RuntimeOptions, max_streams: int = MAX_STREAMS
    ) -> Voice:
        """Find a voice, choose variants for this machine and open them.

        Args:
            name: ``SPEAKER``, ``PACK/SPEAKER``, a pack's id, or a path to a pack.
            runtime: Forced choices.
            max_streams: Most streams in use at once.

        Raises:
            ConfigError: ``max_streams`` is below 1.
            PackError: No such voice, or its pack is damaged or for another runtime.
            BackendError: No backend here can run it.
        """
        resolved = VoiceLibrary().resolve(name)
        manifest = resolved.manifest
        family = check_family(manifest)
        if family.refusal:
            raise PackError(f"pack {manifest.id} cannot speak: {family.refusal}")
        plan = plan_for_this_machine(manifest, runtime)
        # Threads inside networks stay where the plan wants them.
        with running_on(plan.cpus), resolved.open() as pack:
            executors = open_executors(
                pack,
                {
                    stage: choice.variant
                    for stage, choice in plan.choices.items()
                    # Those that clone a voice are not needed to speak with it.
                    if stage in {need.id for need in family.stages}
                },
                num_threads=plan.num_threads,
            )
            arrays = read_arrays(pack)
        return cls(
            manifest,
            resolved.speaker,
            plan,
            executors,
            max_streams,
            path=resolved.path,
            arrays=arrays,
            cloned=resolved.cloned,
        )

    def reopen(self, variants: Mapping[str, Variant], num_threads: int) -> Voice:
        """Open the same voice with other variants and threads.

        Raises:
            PackError: The pack is no longer there, or damaged.
            BackendError: A variant cannot run here.
        """
        with Pack.open(self._path) as pack:
            if pack.manifest != self._manifest:
                raise PackError(f"pack {self._manifest.id} was replaced meanwhile")
            used = {name: variants[name] for name in self._executors}
            executors = open_executors(pack, used, num_threads=num_threads)
        choices = {
            name: StageChoice(variant, "cheaper, to keep up", ())
            for name, variant in variants.items()
        }
        plan = replace(self._plan, choices=choices, num_threads=num_threads, cpus=None)
        return Voice(
            *(self._manifest, self._speaker, plan, executors, self._max_streams),
            path=self._path,
            arrays=self._arrays,
            cloned=self._cloned,
        )

    @property
    def speaker(self) -> Speaker:
        """Who speaks unless somebody else is named."""
        return self._speaker

    @property
    def is_cloned(self) -> bool:
        """Whether the speaker comes from a recording, not from the pack."""
        return self._cloned is not None

    @property
    def name(self) -> str:
        """``PACK/SPEAKER``."""
        return f"{self._manifest.id}/{self._speaker.id}"

    @property
    def manifest(self) -> Manifest:
        """What the pack says about itself."""
        return self._manifest

    @property
    def plan(self) -> Plan:
        """What runs here, and why."""
        return self._plan

    @property
    def sample_rate(self) -> int:
        """Samples per second."""
        return self._manifest.audio.sample_rate

    @property
    def hop_length(self) -> int:
        """Samples per frame."""
        return self._manifest.audio.hop_length

    @property
    def max_streams(self) -> int:
        """Most streams in use at once."""
        return self._max_streams

    @contextmanager
    def open_stream(
        self,
        speaker: Speaker | None = None,
        cloned: ClonedVoice | None = None,
        *,
        timeout: float = STREAM_TIMEOUT_S,
    ) -> Iterator[SpeechStream]:
        """Borrow states and buffers for one utterance at a time, from any thread.

        Args:
            speaker: Another one of the same pack; None for this voice's own.
            cloned: A voice cloned with the same pack; None for this voice's own.
            timeout: Seconds to wait for a stream while all are in use.

        Raises:
            StreamStateError: All streams are still in use, or the voice is closed.
        """
        with self._streams.lease(timeout) as opened:
            index = (speaker or self._speaker).index
            opened.stream.speak_as(index, cloned or self._cloned)
            yield opened.stream

    def close(self) -> None:
        """Give up the networks; streams in use go when their utterance ends."""
        self._streams.close()
        for executor in self._executors.values():
            executor.close()
