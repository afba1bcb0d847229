"""Write the trained networks as voice packs: INT8, and the float twin beside it."""

from __future__ import annotations

import argparse
import json
import logging
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calibrate.graphs.build_onnx import build_onnx, build_onnx_int8
from calibrate.voice.acoustic_checkpoint import load_acoustic
from calibrate.voice.checkpoint import load_weights, provenance
from calibrate.voice.dataset import read_manifest
from calibrate.voice.export_acoustic import (
    conditioner_stage,
    decoder_stage,
    encoder_stage,
)
from calibrate.voice.export_builder import StageNetwork
from calibrate.voice.export_calibration import Recorded, record_inputs
from calibrate.voice.export_half import with_half_weights
from calibrate.voice.export_licence import LICENCE_TEXT
from calibrate.voice.export_manifest import LICENCE_FILE, stage_json, voice_json
from calibrate.voice.export_vocoder import vocoder_stage
from calibrate.voice.vocoder_config import VocoderConfig
from edge_tts.packs import Manifest, PackWriter

PACK_ID = "edge-en"
TWIN_ID = "edge-en-float"
_GRAPH_BACKENDS = ("ort", "openvino")
_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--acoustic", type=Path, help="default WORK/aco/acoustic.pt")
    parser.add_argument("--vocoder", type=Path, help="default WORK/voc/vocoder.pt")
    parser.add_argument("--output", type=Path, default=Path("edge_tts/voices"))
    parser.add_argument("--twin", type=Path, default=Path("calibrate/voice/packs"))
    parser.add_argument("--texts", type=int, default=32, help="calibration sentences")
    parser.add_argument("--percentile", type=float, default=99.99)
    parser.add_argument("--seed", type=int, default=1)


def run(arguments: argparse.Namespace) -> None:
    """Export both packs."""
    model, stats, notes = load_acoustic(
        arguments.acoustic or arguments.work / "aco" / "acoustic.pt"
    )
    settings, weights, _ = load_weights(
        arguments.vocoder or arguments.work / "voc" / "vocoder.pt"
    )
    config, state = model.config, model.state_dict()
    networks = {
        network.spec.name: network
        for network in (
            encoder_stage(config, state),
            conditioner_stage(config, state),
            decoder_stage(config, state),
            vocoder_stage(VocoderConfig(**settings), weights),
        )
    }
    scale = float(notes.get("duration_scale", 1.0))

    def manifest(pack_id: str, variants: Mapping[str, Any]) -> dict[str, Any]:
        stages = [
            stage_json(network, "exact", variants[stage_id])
            for stage_id, network in networks.items()
        ]
        return voice_json(pack_id, config, stats, scale, stages, provenance(), {})

    recorded = _calibration(arguments, networks, manifest)
    _write_twin(arguments.twin / TWIN_ID, networks, manifest)
    _write_int8(arguments, networks, manifest, recorded)


def _calibration(
    arguments: argparse.Namespace, networks: Mapping[str, StageNetwork], manifest: Any
) -> Recorded:
    clips = [clip for clip in read_manifest(arguments.data) if not clip.held_out]
    chosen = random.Random(arguments.seed).sample(clips, arguments.texts)
    draft = {stage: [_variant("ort", "fp32", graph="draft")] for stage in networks}
    parsed = Manifest.parse({"format": 1, **manifest(PACK_ID, draft), "files": {}})
    recorded, _ = record_inputs(
        parsed, networks, [(clip.speaker, clip.text) for clip in chosen]
    )
    _LOG.info("calibration inputs from %d sentences", len(chosen))
    return recorded


def _write_twin(
    target: Path, networks: Mapping[str, StageNetwork], manifest: Any
) -> None:
    variants = {}
    with PackWriter(target, replace=True) as writer:
        writer.add_bytes(LICENCE_FILE, LICENCE_TEXT.encode())
        for stage, network in networks.items():
            name = f"{stage}.fp16.onnx"
            graph = build_onnx(network.spec, network.tensors)
            writer.add_bytes(name, with_half_weights(graph))
            variants[stage] = [
                _variant(backend, "fp16", graph=name) for backend in _GRAPH_BACKENDS
            ]
        writer.finish(manifest(TWIN_ID, variants))
    _LOG.info("wrote %s", target)


def _write_int8(
    arguments: argparse.Namespace,
    networks: Mapping[str, StageNetwork],
    manifest: Any,
    recorded: Recorded,
) -> None:
    variants = {}
    target = arguments.output / PACK_ID
    with PackWriter(target, replace=True) as writer:
        writer.add_bytes(LICENCE_FILE, LICENCE_TEXT.encode())
        for stage, network in networks.items():
            name = f"{stage}.int8.onnx"
            graph = build_onnx_int8(
                network.spec,
                network.tensors,
                recorded[stage],
                percentile=arguments.percentile,
            )
            writer.add_bytes(name, graph)
            variants[stage] = [
                _variant(backend, "int8", "static", graph=name)
                for backend in _GRAPH_BACKENDS
            ]
        writer.finish(manifest(PACK_ID, variants))
    _LOG.info("wrote %s", target)


def _variant(
    backend: str, precision: str, scheme: str = "none", **files: str
) -> dict[str, Any]:
    return {
        "backend": backend,
        "precision": precision,
        "scheme": scheme,
        "files": files,
    }


def spec_json(network: StageNetwork) -> bytes:
    """The stack as the native executor reads it."""
    return json.dumps(network.spec.to_json(), separators=(",", ":")).encode()
