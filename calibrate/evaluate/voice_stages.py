"""Figures of the int8 stages of a voice of family edge1 against its float twin."""

from __future__ import annotations

import logging
import random
from pathlib import Path
from typing import Final

from calibrate.evaluate.replayed_executor import ReplayedExecutor
from calibrate.evaluate.sound_distance import Figures
from calibrate.voice.dataset import SPEAKERS, read_manifest
from calibrate.voice.export_quality import compare, speak
from edge_tts.backends.base import StageExecutor
from edge_tts.backends.registry import backend_problems, open_executor
from edge_tts.packs import Pack

STAGES: Final = ("decoder", "vocoder")
"""Acoustic decoder and vocoder; the encoder's errors are pinned away."""
REFERENCE: Final = "ort"
_LOG = logging.getLogger(__name__)


def evaluate_voice(
    pack: Pack, twin: Pack, data: Path, count: int, seed: int
) -> dict[str, Figures]:
    """Put each int8 stage into the float twin's speech.

    Returns:
        ``STAGE BACKEND:PRECISION`` -> figures; the SQNR is that of the stage's outputs
        for the twin's own inputs, averaged over outputs.
    """
    manifest = pack.manifest
    sentences = _sentences(data, count, seed)
    floats = _executors(twin, REFERENCE)
    recorders = {stage: ReplayedExecutor(floats[stage]) for stage in STAGES}
    reference = speak(manifest, {**floats, **recorders}, sentences)
    figures = {}
    for backend, problem in backend_problems().items():
        if problem is not None:
            _LOG.warning("%s: %s", backend, problem)
            continue
        stages = _executors(pack, backend)
        for stage in STAGES:
            label = f"{stage} {backend}:int8"
            _LOG.info("%s", label)
            spoken = speak(
                manifest, {**floats, stage: stages[stage]}, sentences, reference
            )
            distance = compare(manifest, sentences, reference, spoken)
            sqnr = recorders[stage].replay_sqnr_db(stages[stage])
            figures[label] = {"sqnr_db": round(sqnr, 2), **distance}
    return figures


def _sentences(data: Path, count: int, seed: int) -> list[tuple[str, str]]:
    texts = sorted({clip.text for clip in read_manifest(data) if clip.held_out})
    chosen = random.Random(seed).sample(texts, count)
    return [(SPEAKERS[i % len(SPEAKERS)], text) for i, text in enumerate(chosen)]


def _executors(pack: Pack, backend: str) -> dict[str, StageExecutor]:
    return {
        stage.id: open_executor(pack, stage, variant)
        for stage in pack.manifest.stages
        for variant in stage.variants
        if variant.backend == backend
    }
