"""Builds the stream of a family from the stages of a voice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.engine.delayed_stage import DelayedStage
from edge_tts.engine.edge1_constants import Edge1Constants
from edge_tts.engine.edge1_encoder import Edge1Encoder
from edge_tts.engine.edge1_stream import MAX_CHUNK_FRAMES, Edge1Stream
from edge_tts.engine.edge1_vocoder import Edge1Vocoder
from edge_tts.engine.source_filter import HOP_LENGTH
from edge_tts.engine.speech_stream import SpeechStream
from edge_tts.errors import PackError
from edge_tts.models.edge1 import EDGE1, FRAME_FEATURES, FRAMES_PER_ROW
from edge_tts.packs import Manifest, Pack

_MAX_TOKENS: Final = 1024


@dataclass(frozen=True)
class OpenedStream:
    """A stream, and the stage runs to close after it."""

    stream: SpeechStream
    runs: tuple[StageRun, ...]


def open_stream(
    manifest: Manifest,
    executors: Mapping[str, StageExecutor],
    speaker_index: int,
    arrays: Mapping[str, NDArray[Any]] = MappingProxyType({}),
) -> OpenedStream:
    """Open a stream of the pack's family for one speaker.

    Args:
        manifest: Of the pack.
        executors: Its stages.
        speaker_index: Of the speaker; cloned voices are chosen later.
        arrays: What :func:`read_arrays` read.

    Raises:
        PackError: The pack lacks what its family needs.
    """
    if manifest.family == EDGE1.id:
        return _open_edge1(manifest, executors, speaker_index)
    # On demand: other voices need none of it.
    from edge_tts.engine.open_sopro import open_sopro

    runs, stream = open_sopro(manifest, executors, arrays)
    return OpenedStream(stream, runs)


def read_arrays(pack: Pack) -> dict[str, NDArray[Any]]:
    """Constants of a pack and arrays of its tokenizer, as views of its files.

    Empty for families that need none.
    """
    manifest = pack.manifest
    if manifest.family == EDGE1.id:
        return {}
    from edge_tts.models.sopro_reference import is_for_cloning

    arrays = {
        name: pack.constant(name)
        for name in manifest.constants
        if not is_for_cloning(name)
    }
    file = manifest.frontend.tokenizer.file
    if file:
        tensors = pack.tensors(file)
        arrays |= {f"tokenizer.{name}": tensors[name] for name in tensors}
    return arrays


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
