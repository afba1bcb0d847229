"""A pack at work from input to sound, for timing whole settings against each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor
from edge_tts.backends.plan import ChunkPolicy
from edge_tts.engine.mel_stream import MelStream
from edge_tts.engine.open_stream import open_stream
from edge_tts.models.mel_vocoder import STAGE
from edge_tts.options import SynthesisOptions
from edge_tts.packs import Manifest
from edge_tts.synthesizer import token_sequence
from edge_tts.text import Frontend

SENTENCE: Final = "The quick brown fox jumps over the lazy dog, and then it sleeps."
_MEL_FRAMES: Final = 240
_MEL_MEAN, _MEL_STD = -5.0, 2.0
Executors = Mapping[str, StageExecutor]
Speak = Callable[[ChunkPolicy], Iterator[NDArray[np.float32]]]
Close = Callable[[], None]


class Spoken(NamedTuple):
    """What one sentence took."""

    rtf: float
    """Seconds per second of sound."""
    first_seconds: float
    """Until the first samples."""


class SpeechProbe:
    """Speaks one sentence with given executors.

    Args:
        manifest: The pack, of a family in ``PROBED_FAMILIES``.
        executors: By stage; closed by whoever opened them.
    """

    def __init__(self, manifest: Manifest, executors: Executors) -> None:
        self._sample_rate = manifest.audio.sample_rate
        self._speak, self.close = _PROBES[manifest.family](manifest, executors)

    def speak(self, policy: ChunkPolicy) -> Spoken:
        """Speak the sentence in chunks as the policy says."""
        started = time.perf_counter()
        first: float | None = None
        num_samples = 0
        for samples in self._speak(policy):
            if first is None and len(samples):
                first = time.perf_counter() - started
            num_samples += len(samples)
        elapsed = time.perf_counter() - started
        return Spoken(elapsed * self._sample_rate / max(1, num_samples), first or 0.0)


def _edge1(manifest: Manifest, executors: Executors) -> tuple[Speak, Close]:
    index = manifest.speaker(manifest.default_speaker).index
    opened = open_stream(manifest, executors, index)
    (utterance,) = Frontend().utterances(SENTENCE)
    tokens = token_sequence(utterance)

    def speak(policy: ChunkPolicy) -> Iterator[NDArray[np.float32]]:
        for piece in opened.stream.synthesize(tokens, SynthesisOptions(), policy):
            yield piece.samples

    def close() -> None:
        for run in opened.runs:
            run.close()

    return speak, close


def _mel_vocoder(manifest: Manifest, executors: Executors) -> tuple[Speak, Close]:
    stage = manifest.stage(STAGE)
    width = stage.signature.inputs[0].shape[-1]
    assert isinstance(width, int)
    stream = MelStream(executors[STAGE], stage.lookahead, width)
    noise = np.random.default_rng(0).standard_normal((_MEL_FRAMES, width))
    mel = (noise * _MEL_STD + _MEL_MEAN).astype(np.float32)

    def speak(policy: ChunkPolicy) -> Iterator[NDArray[np.float32]]:
        stream.reset()
        start = 0
        for size in policy.sizes():
            if start >= len(mel):
                break
            yield stream.push(mel[start : start + size])
            start += size
        yield stream.finish()

    return speak, stream.close


_PROBES: Final[dict[str, Callable[[Manifest, Executors], tuple[Speak, Close]]]] = {
    "edge1": _edge1,
    "mel_vocoder": _mel_vocoder,
}

PROBED_FAMILIES: Final = frozenset(_PROBES)
"""Families whose packs are timed as a whole; of others the stages are."""
