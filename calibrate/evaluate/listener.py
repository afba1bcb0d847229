"""Puts one stage of a pack in place of its float self and compares the sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.errors import ConversionError
from calibrate.dataset.recorded_inputs import Sentence, spoken_mel
from calibrate.evaluate.sound_distance import Figures, sqnr_db
from calibrate.evaluate.vocoder_variants import compare_sounds, synthesize_all
from calibrate.quantize.float_stacks import FloatStack
from calibrate.voice.export_quality import Spoken, compare, speak
from calibrate.voice.mel import log_mel
from edge_tts.backends.base import StageExecutor
from edge_tts.backends.native_session import NativeSession
from edge_tts.models.mel_vocoder import STAGE
from edge_tts.packs import Manifest

Samples = NDArray[np.float32]


class Listener(Protocol):
    """Judges one executor at a time."""

    def figures(self, stage: str, executor: StageExecutor) -> Figures:
        """All figures of a stage against float, as packs carry them."""
        ...

    def distance(self, stage: str, executor: StageExecutor) -> Figures:
        """``log_mel_l1`` and ``sqnr_db`` only, quickly."""
        ...


def listener(
    manifest: Manifest,
    stacks: Mapping[str, FloatStack],
    sentences: Sequence[Sentence],
) -> Listener:
    """The listener of a pack's family.

    Raises:
        ConversionError: The family cannot be judged yet.
    """
    if manifest.family == "mel_vocoder":
        return _VocoderListener(stacks[STAGE], sentences)
    if manifest.family == "edge1":
        return _VoiceListener(manifest, stacks, sentences)
    raise ConversionError(
        f"pack {manifest.id}: family {manifest.family} cannot be judged yet"
    )


class _VocoderListener:
    def __init__(self, stack: FloatStack, sentences: Sequence[Sentence]) -> None:
        self._lookahead = stack.spec.lookahead
        self._clips = [spoken_mel(sentence) for sentence in sentences]
        self._reference = self._sounds(NativeSession(stack.spec, stack.tensors))

    def figures(self, stage: str, executor: StageExecutor) -> Figures:
        return compare_sounds(self._reference, self._sounds(executor), self._clips)

    def distance(self, stage: str, executor: StageExecutor) -> Figures:
        return _distance(self._reference, self._sounds(executor))

    def _sounds(self, executor: StageExecutor) -> list[Samples]:
        return synthesize_all(executor, self._lookahead, self._clips)


class _VoiceListener:
    def __init__(
        self,
        manifest: Manifest,
        stacks: Mapping[str, FloatStack],
        sentences: Sequence[Sentence],
    ) -> None:
        self._manifest = manifest
        self._sentences = sentences
        self._floats = {
            stage.id: NativeSession(
                stacks[stage.id].spec, stacks[stage.id].tensors, stage.signature
            )
            for stage in manifest.stages
            if stage.id in stacks
        }
        self._reference = speak(manifest, self._floats, sentences)

    def figures(self, stage: str, executor: StageExecutor) -> Figures:
        spoken = self._speak(stage, executor)
        return compare(self._manifest, self._sentences, self._reference, spoken)

    def distance(self, stage: str, executor: StageExecutor) -> Figures:
        return _distance(
            [spoken.samples for spoken in self._reference],
            [spoken.samples for spoken in self._speak(stage, executor)],
        )

    def _speak(self, stage: str, executor: StageExecutor) -> list[Spoken]:
        mixed = {**self._floats, stage: executor}
        return speak(self._manifest, mixed, self._sentences, self._reference)


def _distance(reference: Sequence[Samples], found: Sequence[Samples]) -> Figures:
    pairs = list(zip(reference, found, strict=True))
    return {
        "log_mel_l1": float(
            np.mean([np.abs(log_mel(a) - log_mel(b)).mean() for a, b in pairs])
        ),
        "sqnr_db": float(np.mean([sqnr_db(a, b) for a, b in pairs])),
    }
