"""What the manifest of the default voice says about stages, speakers and origin."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final

from calibrate.graphs.signature_json import signature_json
from calibrate.voice.acoustic_config import AcousticConfig
from calibrate.voice.acoustic_stats import AcousticStats
from calibrate.voice.export_builder import StageNetwork
from edge_tts.text.phonemes import SYMBOLS

LICENCE_FILE: Final = "LICENSE.txt"
_ARCTIC: Final = "CMU ARCTIC (free use, notice kept)"
SPEAKERS: Final = (
    ("kathleen", "Kathleen", "female", "CC0-1.0", "US English, 50 to 70 years old"),
    ("lj", "Linda", "female", "public domain", "US English, reader of audio books"),
    ("slt", "SLT", "female", _ARCTIC, "US English"),
    ("bdl", "BDL", "male", _ARCTIC, "US English"),
)
"""Id, name, gender, licence, description; the order is that of the embedding."""


def stage_json(
    network: StageNetwork, chunking: str, variants: list[dict[str, Any]]
) -> dict[str, Any]:
    """Declaration of one stage."""
    spec = network.spec
    return {
        "id": spec.name,
        "kind": "map",
        **signature_json(spec),
        "lookahead": spec.lookahead,
        "receptive_field": spec.receptive_field,
        "chunking": chunking,
        "variants": variants,
    }


def voice_json(
    pack_id: str,
    config: AcousticConfig,
    stats: AcousticStats,
    duration_scale: float,
    stages: list[dict[str, Any]],
    made_by: Mapping[str, str],
    quality: Mapping[str, float],
) -> dict[str, Any]:
    """The whole manifest, files left out."""
    return {
        "id": pack_id,
        "version": "1.0.0",
        "family": "edge1",
        "description": "The project's own English voices, trained by calibrate/voice.",
        "languages": ["en-US"],
        "licence": {
            "code": "Apache-2.0",
            "weights": "CC0-1.0 AND CMU-ARCTIC",
            "attribution": "",
            "commercial": "yes",
            "file": LICENCE_FILE,
        },
        "source": [
            {
                "name": f"recordings of {speaker}",
                "repo": repo,
                "revision": revision,
                "licence": licence,
            }
            for speaker, repo, revision, licence in _SOURCES
        ],
        "made_by": {
            "command": made_by["command"],
            "commit": made_by["commit"],
            "created": datetime.datetime.now(datetime.timezone.utc).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            "converter": "calibrate.voice export 1",
        },
        "audio": {"sample_rate": 22050, "hop_length": 256},
        "rates": {"frame_hz": 22050 / 256},
        "frontend": {
            "normalizer": "english",
            "phonemizer": {"kind": "builtin", "name": "english"},
            "tokenizer": {"kind": "symbols", "symbols": list(SYMBOLS)},
        },
        "constants": {
            # One token more than the encoder's reach: the conditioner's neighbour.
            "encoder_context": config.encoder_reach + 1,
            "duration_scale": duration_scale,
            "mel_mean": _rounded(stats.mel_mean),
            "mel_std": _rounded(stats.mel_std),
            "log_f0_mean": _rounded(stats.f0_mean),
            "log_f0_std": _rounded(stats.f0_std),
        },
        "stages": stages,
        "speakers": [
            {
                "id": speaker,
                "index": index,
                "name": name,
                "language": "en-US",
                "gender": gender,
                "licence": licence,
                "description": description,
            }
            for index, (speaker, name, gender, licence, description) in enumerate(
                SPEAKERS
            )
        ],
        "default_speaker": "kathleen",
        "streaming": {"mode": "exact", "first_frames": 16, "max_frames": 48},
        "quality": dict(quality),
    }


def _rounded(values: Any) -> list[float]:
    """Seven digits are all that float32 holds; the rest would only fill the file."""
    return [float(f"{value:.7g}") for value in values.tolist()]


_SOURCES: Final = (
    ("kathleen", "rhasspy/dataset-voice-kathleen", "c51cb971", "CC0-1.0"),
    (
        "lj",
        "PrernaSocity/lj_speech_dataset_part_1 (LJ Speech, Keith Ito)",
        "328134a6",
        "public domain",
    ),
    ("slt", "andabi/deep-voice-conversion (CMU ARCTIC)", "983c275d", _ARCTIC),
    ("bdl", "andabi/deep-voice-conversion (CMU ARCTIC)", "983c275d", _ARCTIC),
)
