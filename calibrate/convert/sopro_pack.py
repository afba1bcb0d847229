"""The pack of a converted Sopro: files, variants and manifest."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.commit import current_commit
from calibrate.convert.converted_stage import ConvertedStage
from calibrate.convert.hifigan_pack import variant_json
from calibrate.convert.sopro_config import SoproConfig
from calibrate.convert.sopro_tables import LARGE
from calibrate.convert.tables import encode_table
from calibrate.graphs.build_onnx import build_onnx
from calibrate.graphs.native_tensors import build_native
from calibrate.graphs.signature_json import signature_json
from edge_tts.models.sopro import family_of
from edge_tts.models.sopro_reference import is_for_cloning
from edge_tts.packs import PackWriter

LICENCE_FILE: Final = "LICENSE.txt"
TABLES_FILE: Final = "tables.safetensors"
REFERENCE_FILE: Final = "reference.safetensors"
"""Tables that only cloning reads."""
TOKENIZER_FILE: Final = "tokenizer.safetensors"
VARIANTS: Final = ("native:fp32", "native:int8", "graph:fp32")
"""What ``--variants`` can name; a graph is for onnxruntime and OpenVINO."""
_LOG = logging.getLogger(__name__)
Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class SoproFacts:
    """What the manifest says beyond networks and tables."""

    pack_id: str
    weights_licence: str
    licence_text: bytes
    attribution: str
    commercial: str
    sources: Sequence[Mapping[str, Any]]
    command: str
    tables: str
    """Format of the large tables."""
    variants: tuple[str, ...]


def write_sopro_pack(
    target: Path,
    config: SoproConfig,
    stages: Sequence[ConvertedStage],
    arrays: Mapping[str, NDArray[np.float32]],
    numbers: Mapping[str, float],
    tokenizer: Tensors,
    facts: SoproFacts,
    *,
    replace: bool = False,
) -> Path:
    """Write everything.

    Raises:
        PackError: The target exists or cannot be written; nothing is left behind.
    """
    with PackWriter(target, replace=replace) as writer:
        writer.add_bytes(LICENCE_FILE, facts.licence_text)
        writer.add_tensors(TOKENIZER_FILE, tokenizer)
        constants: dict[str, Any] = dict(numbers)
        stored: dict[str, NDArray[Any]] = {}
        for name, array in arrays.items():
            format_ = facts.tables if name in LARGE else "fp32"
            stored |= encode_table(name, array, format_)
        for file in (TABLES_FILE, REFERENCE_FILE):
            own = {
                name: array
                for name, array in stored.items()
                if is_for_cloning(name) == (file == REFERENCE_FILE)
            }
            constants |= {name: {"file": file, "tensor": name} for name in own}
            writer.add_tensors(file, own)
        declared = []
        for stage in stages:
            _LOG.info("stage %s: %s", stage.id, ", ".join(facts.variants))
            declared.append(_stage(writer, stage, facts.variants))
        writer.finish(_manifest(config, declared, constants, facts))
    return target


def _stage(
    writer: PackWriter, stage: ConvertedStage, wanted: Iterable[str]
) -> dict[str, Any]:
    variants = []
    for label in wanted:
        if label == "graph:fp32":
            name = f"{stage.id}.fp32.onnx"
            writer.add_bytes(name, build_onnx(stage.spec, stage.tensors))
            for backend in ("ort", "openvino"):
                variants.append(variant_json(backend, "fp32", "none", {"graph": name}))
            continue
        precision = label.partition(":")[2]
        if precision == "int8" and not stage.int8:
            precision = "fp32"
        if any(
            (known["backend"], known["precision"]) == ("native", precision)
            for known in variants
        ):
            continue
        exceptions = dict.fromkeys(stage.float_layers, "fp32")
        spec, tensors = build_native(
            stage.spec,
            stage.tensors,
            precision,
            exceptions if precision != "fp32" else {},
        )
        stem = f"{stage.id}.{precision}"
        text = json.dumps(spec.to_json(), separators=(",", ":"))
        writer.add_bytes(f"{stem}.json", text.encode())
        writer.add_tensors(f"{stem}.safetensors", tensors)
        files = {"spec": f"{stem}.json", "tensors": f"{stem}.safetensors"}
        scheme = "none" if precision == "fp32" else "dynamic"
        quality = stage.int8_quality if precision == "int8" else None
        variants.append(variant_json("native", precision, scheme, files, quality))
    loop = {stage.kind: dict(stage.loop)} if stage.loop else {}
    rate = stage.spec.values[stage.spec.outputs[0]].rate
    return {
        "id": stage.id,
        "kind": stage.kind,
        **signature_json(stage.spec),
        "lookahead": stage.spec.lookahead,
        "receptive_field": 0 if stage.whole else stage.spec.receptive_field,
        "rate": float(rate),
        "chunking": "whole" if stage.whole else "exact",
        **loop,
        "variants": variants,
    }


def _manifest(
    config: SoproConfig,
    stages: Sequence[Mapping[str, Any]],
    constants: Mapping[str, Any],
    facts: SoproFacts,
) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.timezone.utc)
    known = {stage["id"] for stage in stages}
    reference = [name for name in REFERENCE_STAGES if name in known]
    return {
        "id": facts.pack_id,
        "version": "1.0.0",
        "family": family_of(config.version).id,
        "description": f"Sopro v{config.version}: English voices cloned from seconds "
        "of a recording",
        "languages": ["en"],
        "licence": {
            "code": "Apache-2.0",
            "weights": facts.weights_licence,
            "attribution": facts.attribution,
            "commercial": facts.commercial,
            "file": LICENCE_FILE,
        },
        "source": [dict(source) for source in facts.sources],
        "made_by": {
            "command": facts.command,
            "commit": current_commit(),
            "created": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "converter": "calibrate.convert sopro 1",
        },
        "audio": {
            "sample_rate": config.sample_rate,
            "hop_length": round(config.sample_rate / config.frame_hz),
        },
        "rates": {"frame_hz": config.frame_hz, "token_hz": config.frame_hz},
        "frontend": {
            "normalizer": "none",
            "phonemizer": {"kind": "none"},
            "tokenizer": {"kind": "hf_bpe", "file": TOKENIZER_FILE},
        },
        "constants": dict(constants),
        "samplers": {"speech": _SAMPLER},
        "stages": list(stages),
        **(
            {
                "reference": {
                    "needs_transcript": "no",
                    "min_seconds": 1.0,
                    "max_seconds": 30.0,
                    "crop": "centre",
                    "trim": "energy",
                    "stages": reference,
                }
            }
            if reference
            else {}
        ),
        "speakers": [
            {"id": "clone", "index": 0, "name": "a cloned voice", "language": "en"}
        ],
        "default_speaker": "clone",
        "streaming": {
            "mode": "exact" if config.is_v1 else "approximate",
            "first_frames": 6,
            "max_frames": 24,
            "growth": 1.5,
        },
    }


REFERENCE_STAGES: Final = (
    "mimi_analysis",
    "mimi_encoder",
    "mimi_downsample",
    "speaker",
    "speaker_out",
    "reference",
)
"""Stages that read a recording, in order."""
_SAMPLER: Final = [
    {"op": "temperature", "value": 1.05},
    {"op": "repetition_penalty", "value": 1.1, "window": 50, "include_prompt": False},
    {"op": "top_k", "value": 50},
    {"op": "top_p", "value": 0.9},
    {
        "op": "anti_loop",
        "shortest": 3,
        "longest": 16,
        "streak": 8,
        "top_p": 0.85,
        "temperature": 1.2,
    },
]
"""Written in the networks' code, not in their files; v1 and v1.5 have the same."""
