"""A tiny pack that clones: the tiny Mimi, and the tiny reference stages of Sopro."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from calibrate.convert.checkpoint import Checkpoint
from calibrate.convert.converted_stage import ConvertedStage
from calibrate.convert.sopro_config import SoproConfig
from calibrate.convert.sopro_reference import reference_stages
from calibrate.graphs.build_onnx import build_onnx
from calibrate.graphs.signature_json import signature_json
from edge_tts.models.sopro_reference import CODE_TABLE, REFERENCE_STAGES
from edge_tts.packs import PackWriter
from edge_tts.packs.tensor_file import TensorFile
from tests.calibrate.convert.small_mimi import (
    CODEBOOK_SIZE,
    NUM_CODEBOOKS,
    small_mimi,
)
from tests.packs.example_pack import example_manifest

DATA: Final = Path(__file__).parents[2] / "data"
SAMPLE_RATE: Final = 24000
"""As if: twelve samples are a frame, so a second is two thousand."""
MAX_SECONDS: Final = 4.0


def checkpoint(version: str) -> Checkpoint:
    return Checkpoint(DATA / f"sopro_reference_{version}" / "model.safetensors")


def reference_vectors(version: str) -> TensorFile:
    path = DATA / f"sopro_reference_{version}" / "vectors.safetensors"
    return TensorFile(memoryview(path.read_bytes()), path.name)


def small_config(version: str) -> SoproConfig:
    """Facts that the reference stages ask for; the others are of no account."""
    return SoproConfig(
        version=version,
        width=16,
        num_codebooks=NUM_CODEBOOKS,
        codebook_size=CODEBOOK_SIZE,
        vocabulary=1,
        speaker_width=8,
        ar_kernel=1,
        ar_dilations=(1,),
        ar_attention=(),
        nar_kernel=1,
        nar_dilations=(1,),
        codebooks=((2, 4),),
        reference_heads=2,
        reference_layers=3,
        reference_gate=0.35,
        max_frames=1,
        min_frames=0,
        max_text=1,
        frame_hz=SAMPLE_RATE / 12,
        sample_rate=SAMPLE_RATE,
        style_strength=1.0,
        lookback=1,
        stop_threshold=0.5,
        stop_patience=1,
        prompt_seconds=0.0,
    )


def write_cloning_pack(
    target: Path, version: str = "1.5", backend: str = "native", digest: str = "a" * 64
) -> Path:
    """Write the pack; ``digest`` stands for that of its checkpoint."""
    source = checkpoint(version)
    stages, tables = reference_stages(source, small_config(version))
    tables = {
        **tables,
        **small_mimi().tables,
        CODE_TABLE: source.take("cb_embed.emb.weight"),
    }
    with PackWriter(target) as writer:
        writer.add_bytes("LICENSE.txt", b"Free.\n")
        writer.add_tensors("tables.safetensors", tables)
        known = {stage.id: stage for stage in (*small_mimi().stages, *stages)}
        declared = [
            _stage(writer, known[stage_id], backend) for stage_id in REFERENCE_STAGES
        ]
        manifest = example_manifest()
        del manifest["files"]
        manifest |= {
            "id": target.name,
            "family": f"sopro{version}",
            "source": [{"name": "model", "sha256": digest, "licence": "CC0-1.0"}],
            "audio": {"sample_rate": SAMPLE_RATE, "hop_length": 12},
            "frontend": {
                "normalizer": "none",
                "phonemizer": {"kind": "none"},
                "tokenizer": {"kind": "none"},
            },
            "constants": {
                "num_codebooks": NUM_CODEBOOKS,
                "codebook_size": CODEBOOK_SIZE,
                **{
                    name: {"file": "tables.safetensors", "tensor": name}
                    for name in tables
                },
            },
            "stages": declared,
            "reference": {
                "needs_transcript": "no",
                "min_seconds": 1,
                "max_seconds": MAX_SECONDS,
                "crop": "centre",
                "trim": "energy",
                "stages": list(REFERENCE_STAGES),
            },
        }
        writer.finish(manifest)
    return target


def _stage(writer: PackWriter, stage: ConvertedStage, backend: str) -> dict[str, Any]:
    if backend == "native":
        text = json.dumps(stage.spec.to_json())
        writer.add_bytes(f"{stage.id}.json", text.encode())
        tensors = {name: np.asarray(array) for name, array in stage.tensors.items()}
        writer.add_tensors(f"{stage.id}.safetensors", tensors)
        files = {"spec": f"{stage.id}.json", "tensors": f"{stage.id}.safetensors"}
    else:
        writer.add_bytes(f"{stage.id}.onnx", build_onnx(stage.spec, stage.tensors))
        files = {"graph": f"{stage.id}.onnx"}
    variant = {"backend": backend, "precision": "fp32", "files": files}
    return {
        "id": stage.id,
        "kind": stage.kind,
        **signature_json(stage.spec),
        "variants": [variant],
    }
