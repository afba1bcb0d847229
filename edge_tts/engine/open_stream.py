"""Builds the stream of a family from the stages of a voice; one line per family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.engine.delayed_stage import DelayedStage
from edge_tts.engine.edge1_constants import Edge1Constants
from edge_tts.engine.edge1_encoder import Edge1Encoder
from edge_tts.engine.edge1_stream import MAX_CHUNK_FRAMES, Edge1Stream
from edge_tts.engine.edge1_vocoder import Edge1Vocoder
from edge_tts.engine.source_filter import HOP_LENGTH
from edge_tts.errors import PackError
from edge_tts.models.edge1 import FRAME_FEATURES, FRAMES_PER_ROW
from edge_tts.packs import Manifest

_MAX_TOKENS: Final = 1024


@dataclass(frozen=True)
class OpenedStream:
    """A stream, and the stage runs to close after it."""

    stream: Edge1Stream
    runs: tuple[StageRun, ...]


def open_stream(
    manifest: Manifest, executors: Mapping[str, StageExecutor], speaker_index: int
) -> OpenedStream:
    """Open a stream of the pack's family for one speaker.

    Raises:
        PackError: The pack lacks what its family needs.
    """
    return _OPENERS[manifest.family](manifest, executors, speaker_index)


def _open_edge1(
    manifest: Manifest, executors: Mapping[str, StageExecutor], speaker_index: int
) -> OpenedStream:
    constants = Edge1Constants.from_pack(manifest.constants, len(manifest.speakers))
    lookahead = {stage.id: stage.lookahead for stage in manifest.stages}
    if manifest.audio.hop_length != HOP_LENGTH:
        raise PackError(
            f"family edge1 needs hop_length {HOP_LENGTH}, "
            f"got {manifest.audio.hop_length}"
        )
    if lookahead["vocoder"] < 1:
        raise PackError("stage vocoder must look ahead by at least 1 frame, got 0")
    width = _decoder_width(executors["decoder"])
    encoder = executors["encoder"].open(_MAX_TOKENS)
    conditioner = executors["conditioner"].open(_MAX_TOKENS)
    decoder = executors["decoder"].open(MAX_CHUNK_FRAMES // FRAMES_PER_ROW)
    vocoder = executors["vocoder"].open(MAX_CHUNK_FRAMES)
    stream = Edge1Stream(
        Edge1Encoder(encoder, conditioner, constants, speaker_index),
        DelayedStage(decoder, "x", lookahead["decoder"], width),
        Edge1Vocoder(
            DelayedStage(vocoder, "x", lookahead["vocoder"], FRAME_FEATURES),
            manifest.audio.sample_rate,
        ),
        constants,
        speaker_index,
    )
    return OpenedStream(stream, (encoder, conditioner, decoder, vocoder))


def _decoder_width(decoder: StageExecutor) -> int:
    width = decoder.signature.inputs[0].shape[-1]
    if not isinstance(width, int):
        raise PackError(f"stage decoder needs an input of fixed width, got {width!r}")
    return width


_OPENERS: Final[
    dict[str, Callable[[Manifest, Mapping[str, StageExecutor], int], OpenedStream]]
] = {"edge1": _open_edge1}
