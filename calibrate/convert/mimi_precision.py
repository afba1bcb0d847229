"""Which layers of Mimi's decoder run in int8: all that the sound does not miss.

The whole decoder is made int8 and its samples are compared with those of fp32. If they
miss the budget, every layer is heard alone and the most harmful ones stay in float,
until the budget is met.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.converted_stage import ConvertedStage
from calibrate.convert.mimi import MimiParts
from calibrate.graphs.native_tensors import build_native
from edge_tts.audio.recording import read_recording
from edge_tts.audio.reference_cut import cut_reference
from edge_tts.backends.native_session import NativeSession
from edge_tts.engine.embedding_table import EmbeddingTable
from edge_tts.engine.mimi_decoder import MimiDecoder
from edge_tts.engine.mimi_encoder import MimiEncoder
from edge_tts.models.mimi import (
    ANALYSIS,
    CODEBOOKS,
    DECODER,
    DOWNSAMPLE,
    ENCODER,
    SYNTHESIS,
)
from edge_tts.network.int8_product import PRODUCT_LAYERS

LOG_MEL_BUDGET: Final = 0.04
"""Log-mel L1 in nat that int8 may cost; the gate is at 0.05."""
SQNR_BUDGET_DB: Final = 25.0
"""Least signal over noise of the samples."""
_FRAMES: Final = 50
"""Of each recording: four seconds."""
_LEVEL: Final = 0.1
"""Both sounds are brought to it together: log-mels have a floor."""
_LOG = logging.getLogger(__name__)
Codes = NDArray[np.int32]
Figures = dict[str, float]


def judge_int8(parts: MimiParts, codes: Codes) -> MimiParts:
    """Choose the layers and note what the sound loses.

    Args:
        parts: The codec.
        codes: (T, codebooks) to decode, of recordings.

    Returns:
        The codec with ``float_layers`` and ``int8_quality`` of the decoder's stages:
        figures of both stages together, in int8, against fp32.

    Raises:
        ImportError: The extra ``calibrate`` is not installed.
        BackendError: The kernel library is not there.
    """
    stages = {stage.id: stage for stage in parts.stages}
    original = _decode(parts, codes, {})

    def figures(int8: dict[str, set[str]]) -> Figures:
        return _compare(original, _decode(parts, codes, int8))

    chosen = {
        id_: _products(stages[id_]) - stages[id_].float_layers
        for id_ in (DECODER, SYNTHESIS)
    }
    found = figures(chosen)
    if not _within(found):
        alone = {
            (id_, name): figures({id_: {name}})
            for id_, names in chosen.items()
            for name in sorted(names)
        }
        for id_, name in sorted(alone, key=lambda key: alone[key]["sqnr_db"]):
            if _within(found):
                break
            chosen[id_].discard(name)
            found = figures(chosen)
            _LOG.info("codec: %s of %s stays in float", name, id_)
    _LOG.info("codec in int8: %s", found)
    judged = []
    for stage in parts.stages:
        if stage.id in chosen:
            stage = replace(
                stage,
                float_layers=frozenset(_products(stage) - chosen[stage.id]),
                int8_quality=found,
            )
        judged.append(stage)
    return replace(parts, stages=tuple(judged))


def codes_of_recordings(parts: MimiParts, paths: Sequence[Path]) -> Codes:
    """Encode a few seconds of each recording.

    Raises:
        RecordingError: One cannot be used.
    """
    stages = {stage.id: stage for stage in parts.stages}
    sessions = [
        NativeSession(stages[id_].spec, stages[id_].tensors)
        for id_ in (ANALYSIS, ENCODER, DOWNSAMPLE)
    ]
    config = parts.config
    mimi = MimiEncoder(*sessions, *_books(parts))
    cut: list[Codes] = []
    for path in paths:
        samples = cut_reference(
            read_recording(path),
            config.sample_rate,
            most_samples=_FRAMES * config.samples_per_frame,
            least_seconds=1.0,
            trim=True,
            centre=True,
        )
        cut.append(mimi.encode(samples))
    return np.concatenate(cut)


def _decode(
    parts: MimiParts, codes: Codes, int8: dict[str, set[str]]
) -> NDArray[np.float32]:
    sessions = []
    stages = {stage.id: stage for stage in parts.stages}
    for id_ in (DECODER, SYNTHESIS):
        formats = dict.fromkeys(int8.get(id_, ()), "int8")
        stage = stages[id_]
        sessions.append(
            NativeSession(*build_native(stage.spec, stage.tensors, "fp32", formats))
        )
    return MimiDecoder(*sessions, *_books(parts)).push(codes)


def _books(parts: MimiParts) -> tuple[EmbeddingTable, int, int]:
    table, size = parts.tables[CODEBOOKS], parts.config.codebook_size
    return EmbeddingTable(table, None, CODEBOOKS), len(table) // size, size


def _compare(original: NDArray[np.float32], found: NDArray[np.float32]) -> Figures:
    # By need: it comes with the extra ``calibrate``.
    from calibrate.evaluate.sound_distance import sqnr_db
    from calibrate.voice.mel import log_mel

    level = np.sqrt(np.square(original, dtype=np.float64).mean())
    gain = np.float32(_LEVEL / max(float(level), 1e-9))
    distance = np.abs(log_mel(original * gain) - log_mel(found * gain)).mean()
    return {
        "sqnr_db": round(sqnr_db(original, found), 3),
        "log_mel_l1": round(float(distance), 5),
    }


def _within(found: Figures) -> bool:
    return found["log_mel_l1"] <= LOG_MEL_BUDGET and found["sqnr_db"] >= SQNR_BUDGET_DB


def _products(stage: ConvertedStage) -> set[str]:
    layers = stage.spec.layers
    return {layer.name for layer in layers if isinstance(layer, PRODUCT_LAYERS)}
