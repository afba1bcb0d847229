"""Write the trained networks as voice packs: INT8, and the float twin beside it."""

from __future__ import annotations

import argparse
import logging
import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from calibrate.voice.acoustic_checkpoint import load_acoustic
from calibrate.voice.checkpoint import load_weights, provenance
from calibrate.voice.contrast import Contrast
from calibrate.voice.dataset import SPEAKERS, read_manifest
from calibrate.voice.export_acoustic import (
    conditioner_stage,
    decoder_stage,
    encoder_stage,
)
from calibrate.voice.export_builder import StageNetwork
from calibrate.voice.export_calibration import Recorded, record_inputs
from calibrate.voice.export_manifest import stage_json, voice_json
from calibrate.voice.export_quality import Sentence
from calibrate.voice.export_variants import (
    Quality,
    Variants,
    draft_variants,
    write_float_pack,
    write_int8_pack,
)
from calibrate.voice.export_verdict import measure
from calibrate.voice.export_vocoder import vocoder_stage
from calibrate.voice.vocoder_config import VocoderConfig
from edge_tts.packs import Manifest

PACK_ID = "edge-en"
TWIN_ID = "edge-en-float"
_LOG = logging.getLogger(__name__)

ManifestOf = Callable[[str, Variants, Mapping[str, float]], dict[str, Any]]
"""Manifest of a pack id, variants by stage and figures of the whole voice."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument(
        "--acoustic", type=Path, help="default WORK/acoustic/acoustic.pt"
    )
    parser.add_argument("--vocoder", type=Path, help="default WORK/blend/vocoder.pt")
    parser.add_argument("--output", type=Path, default=Path("edge_tts/voices"))
    parser.add_argument("--twin", type=Path, default=Path("calibrate/voice/packs"))
    parser.add_argument("--texts", type=int, default=32, help="calibration sentences")
    parser.add_argument("--judged", type=int, default=16, help="judged sentences")
    parser.add_argument("--percentile", type=float, default=99.99)
    parser.add_argument("--seed", type=int, default=1)
    shares = Contrast()
    parser.add_argument("--tilt", type=float, default=shares.tilt)
    parser.add_argument("--formants", type=float, default=shares.formants)
    parser.add_argument("--pitch-range", type=float, default=shares.pitch)


def run(arguments: argparse.Namespace) -> None:
    """Export both packs; the INT8 one carries what it lost against the other."""
    networks, manifest_of = _load(arguments)
    recorded = _calibration(arguments, networks, manifest_of)
    twin = arguments.twin / TWIN_ID
    write_float_pack(twin, networks, lambda v: manifest_of(TWIN_ID, v, {}))
    _LOG.info("wrote %s", twin)

    def write(target: Path, quality: Quality) -> None:
        write_int8_pack(
            target,
            networks,
            recorded,
            arguments.percentile,
            quality,
            lambda v: manifest_of(PACK_ID, v, quality.get("voice", {})),
        )

    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder, PACK_ID)
        write(draft, {})
        quality = measure(twin, draft, _judged(arguments))
    target = arguments.output / PACK_ID
    write(target, quality)
    _LOG.info("wrote %s", target)


def _load(
    arguments: argparse.Namespace,
) -> tuple[dict[str, StageNetwork], ManifestOf]:
    model, stats, notes = load_acoustic(
        arguments.acoustic or arguments.work / "acoustic" / "acoustic.pt"
    )
    settings, weights, _ = load_weights(
        arguments.vocoder or arguments.work / "blend" / "vocoder.pt"
    )
    config = model.config
    contrast = Contrast(arguments.tilt, arguments.formants, arguments.pitch_range)
    state = contrast.applied(config, stats, model.state_dict())
    stages = (
        encoder_stage(config, state),
        conditioner_stage(config, state),
        decoder_stage(config, state),
        vocoder_stage(VocoderConfig(**settings), weights),
    )
    networks = {network.spec.name: network for network in stages}
    scale = float(notes.get("duration_scale", 1.0))
    made_by = provenance()

    def manifest_of(
        pack_id: str, variants: Variants, quality: Mapping[str, float]
    ) -> dict[str, Any]:
        stages = [
            stage_json(
                network,
                "exact" if network.spec.streamable else "whole",
                variants[stage_id],
            )
            for stage_id, network in networks.items()
        ]
        return voice_json(pack_id, config, stats, scale, stages, made_by, quality)

    return networks, manifest_of


def _calibration(
    arguments: argparse.Namespace,
    networks: Mapping[str, StageNetwork],
    manifest_of: ManifestOf,
) -> Recorded:
    clips = [clip for clip in read_manifest(arguments.data) if not clip.held_out]
    chosen = random.Random(arguments.seed).sample(clips, arguments.texts)
    manifest = manifest_of(PACK_ID, draft_variants(networks), {})
    recorded, _ = record_inputs(
        Manifest.parse({"format": 1, **manifest, "files": {}}),
        networks,
        [(clip.speaker, clip.text) for clip in chosen],
    )
    _LOG.info("calibration inputs from %d sentences", len(chosen))
    return recorded


def _judged(arguments: argparse.Namespace) -> list[Sentence]:
    """Held-out sentences, the speakers in turn."""
    texts = sorted({c.text for c in read_manifest(arguments.data) if c.held_out})
    chosen = random.Random(arguments.seed).sample(texts, arguments.judged)
    speakers = list(SPEAKERS)
    return [(speakers[i % len(speakers)], text) for i, text in enumerate(chosen)]
