"""The figures that go into a pack: each INT8 variant by itself, then all together."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from calibrate.voice.errors import TrainingError
from calibrate.voice.export_quality import Executors, Sentence, compare, speak
from edge_tts.backends.gates import gate_problem
from edge_tts.backends.registry import open_executor
from edge_tts.packs import Pack, Variant

REFERENCE_BACKEND = "ort"
_LOG = logging.getLogger(__name__)


def measure(
    twin: Path, draft: Path, sentences: Sequence[Sentence]
) -> dict[str, dict[str, float]]:
    """Compare every variant of a pack with its float twin.

    Returns:
        ``STAGE:BACKEND`` -> figures, and ``voice`` -> the figures of the worst backend.

    Raises:
        TrainingError: A variant misses its gate; nothing may be written then.
    """
    with Pack.open(twin) as pack:
        manifest = pack.manifest
        reference_stages = _executors(pack, REFERENCE_BACKEND)
    reference = speak(manifest, reference_stages, sentences)
    quality: dict[str, dict[str, float]] = {}
    with Pack.open(draft) as pack:
        variants = {
            f"{stage.id}:{variant.backend}": variant
            for stage in pack.manifest.stages
            for variant in stage.variants
        }
        for backend in sorted({v.backend for v in variants.values()}):
            stages = _executors(pack, backend)
            for stage in stages:
                mixed = {**reference_stages, stage: stages[stage]}
                spoken = speak(manifest, mixed, sentences, reference)
                figures = compare(manifest, sentences, reference, spoken)
                _check(variants[f"{stage}:{backend}"], figures)
                quality[f"{stage}:{backend}"] = figures
                _LOG.info("%s:%s %s", stage, backend, figures)
            spoken = speak(manifest, stages, sentences, reference)
            whole = compare(manifest, sentences, reference, spoken)
            _LOG.info("all:%s %s", backend, whole)
            worst = quality.get("voice", whole)
            if whole["pesq_wb"] <= worst["pesq_wb"]:
                quality["voice"] = whole
    return quality


def _executors(pack: Pack, backend: str) -> Executors:
    return {
        stage.id: open_executor(pack, stage, variant)
        for stage in pack.manifest.stages
        for variant in stage.variants
        if variant.backend == backend
    }


def _check(variant: Variant, figures: dict[str, float]) -> None:
    judged = Variant(
        variant.backend, variant.precision, variant.scheme, variant.files, figures
    )
    problem = gate_problem(judged)
    if problem is not None:
        raise TrainingError(f"{variant.label} of a stage: {problem}; train or quantise")
