"""Quantised variants of a converted vocoder: built, compared with fp32, or left out."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.hifigan_pack import ExtraVariant, variant_json
from calibrate.convert.mixed_precision import Assignment, assign_precisions
from calibrate.evaluate.recordings import MelClip
from calibrate.evaluate.sound_distance import Figures
from calibrate.graphs.aligned_stack import VALID
from calibrate.graphs.build_onnx import build_onnx_int8
from calibrate.graphs.native_tensors import build_native_int8
from edge_tts.backends.gates import gate_problem
from edge_tts.models.mel_vocoder import MEL, STAGE
from edge_tts.network.stack_spec import StackSpec
from edge_tts.packs import Variant
from edge_tts.packs.tensor_writer import encode_tensors

LISTENED_FRAMES: Final = 120
"""Frames of each clip that layers are chosen with: from the first word on."""
_FIRST_FRAME: Final = 20
_LOG = logging.getLogger(__name__)
Candidates = dict[str, ExtraVariant]
"""``BACKEND:PRECISION`` -> variant."""


def build_candidates(
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    clips: Sequence[MelClip],
) -> tuple[Candidates, Assignment]:
    """Build int8 variants for all backends, the same layers in float everywhere.

    Args:
        spec: The stack.
        tensors: Its float32 tensors.
        clips: Recordings to choose layers and activation ranges by.
    """
    stop = _FIRST_FRAME + LISTENED_FRAMES
    short = [replace(clip, mel=clip.mel[_FIRST_FRAME:stop]) for clip in clips]
    assignment = assign_precisions(spec, tensors, short)
    _LOG.info(
        "int8 carries %.0f %% of the multiply-adds; in float: %s",
        100 * assignment.int8_share,
        ", ".join(sorted(assignment.float_layers)),
    )
    names = {"spec": f"{STAGE}.int8.json", "tensors": f"{STAGE}.int8.safetensors"}
    native_spec, native = build_native_int8(spec, tensors, assignment.float_layers)
    text = json.dumps(native_spec.to_json(), separators=(",", ":"))
    files = {
        names["spec"]: text.encode(),
        names["tensors"]: encode_tensors(native),
    }
    declaration = variant_json("native", "int8", "dynamic", names)
    candidates = {"native:int8": ExtraVariant(declaration, files)}
    graph = build_onnx_int8(
        spec,
        tensors,
        [_inputs(spec, clip.mel) for clip in short],
        percentile=99.99,
        float_layers=assignment.float_layers,
        saturation_guard=True,
    )
    for backend in ("ort", "openvino"):
        graph_file = {"graph": f"{STAGE}.int8.onnx"}
        declaration = variant_json(backend, "int8", "static", graph_file)
        content = {graph_file["graph"]: graph}
        candidates[f"{backend}:int8"] = ExtraVariant(declaration, content)
    return candidates, assignment


def admit(candidates: Candidates, figures: Mapping[str, Figures]) -> Candidates:
    """Return the candidates that pass their gates and save time, with their figures.

    Args:
        candidates: As built.
        figures: ``BACKEND:PRECISION`` -> figures, those of fp32 with their times.
    """
    admitted = {}
    for label, candidate in candidates.items():
        quality = figures.get(label)
        if quality is None:
            _LOG.warning("%s: not measured here; left out", label)
            continue
        problem = _problem(candidate, quality, figures)
        if problem is not None:
            _LOG.warning("%s: %s; left out", label, problem)
            continue
        declared = {k: v for k, v in quality.items() if k != "cpu_rtf"}
        declaration = {**candidate.declaration, "quality": declared, "gate": "pass"}
        admitted[label] = replace(candidate, declaration=declaration)
    return admitted


def _problem(
    candidate: ExtraVariant, quality: Figures, figures: Mapping[str, Figures]
) -> str | None:
    declared = candidate.declaration
    judged = Variant(
        declared["backend"],
        declared["precision"],
        declared["scheme"],
        declared["files"],
        quality,
    )
    problem = gate_problem(judged)
    if problem is not None:
        return problem
    ratio = quality["cpu_rtf"] / figures[f"{judged.backend}:fp32"]["cpu_rtf"]
    return f"takes {ratio:.2f} times the time of fp32" if ratio > 1 else None


def _inputs(spec: StackSpec, mel: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    flush = np.zeros((spec.lookahead, mel.shape[1]), np.float32)
    rows = np.concatenate([mel, flush])
    valid = np.arange(len(rows)) < len(mel)
    return {MEL: rows, VALID: valid[:, None].astype(np.float32)}


def as_files(candidates: Candidates) -> list[ExtraVariant]:
    """The variants with every file once: backends may share a graph."""
    seen: set[str] = set()
    result = []
    for candidate in candidates.values():
        files = {k: v for k, v in candidate.files.items() if k not in seen}
        seen |= files.keys()
        result.append(replace(candidate, files=files))
    return result
