"""A manifest that uses every key of the format, for a family that does not exist."""

from __future__ import annotations

import json
from typing import Any

from tests.packs.example_pack import example_manifest

_MAP = {"inputs": [], "outputs": []}
_GRAPH = [
    {
        "backend": "openvino",
        "precision": "int8",
        "scheme": "weight_only",
        "files": {"graph": "stages/decoder.onnx"},
        "quality": {
            "top1_agreement": 0.97,
            "pesq_wb": 4.5,
            "stoi": 0.99,
            "log_mel_l1": 0.02,
            "mcd_db": 0.2,
            "f0_rmse_hz": 0.4,
            "vuv_error": 0.002,
            "sqnr_db": 31.5,
            "pcm_snr_db": 30.5,
        },
        "gate": "pass",
        "needs": ["avx2", "neon"],
    }
]


def rich_manifest() -> dict[str, Any]:
    """JSON values; names no file that the example pack lacks."""
    manifest = example_manifest()
    manifest["source"] = [
        {
            "name": "checkpoint",
            "repo": "somebody/something",
            "revision": "abc",
            "file": "model.safetensors",
            "sha256": "0" * 64,
            "size": 123,
            "licence": "MIT",
        }
    ]
    manifest["licence"]["frontend_gpl"] = True
    manifest["audio"]["peak"] = "maxabs"
    manifest["frontend"] = {
        "normalizer": "none",
        "phonemizer": {
            "kind": "plugin",
            "name": "espeak",
            "voice": "en-us",
            "optional": True,
        },
        "tokenizer": {
            "kind": "phoneme_map",
            "file": "LICENSE.txt",
            "bos": "^",
            "eos": "$",
            "interleave": "_",
            "nfd": True,
            "specials": {"<|end|>": 7},
        },
    }
    manifest["constants"]["table"] = [[[1, 2.5], [3, 4]], [[5, 6], [7, 8]]]
    manifest["samplers"] = {
        "main": [
            {
                "op": "repetition_penalty",
                "value": 1.35,
                "window": 0,
                "include_prompt": True,
            },
            {"op": "temperature", "value": 0.8},
            {"op": "top_k", "value": 50},
            {"op": "top_p", "value": 0.95},
            {"op": "nucleus", "top_p": 0.8, "top_k": 25},
            {"op": "repetition_aware", "window": 10, "threshold": 0.1},
            {
                "op": "anti_loop",
                "shortest": 3,
                "longest": 16,
                "streak": 8,
                "top_p": 0.85,
                "temperature": 1.2,
            },
            {"op": "mask_stop", "steps": 11},
            {"op": "restrict", "first": 0, "last": 8191},
        ]
    }
    manifest["stages"] += [
        {
            "id": "lm",
            "kind": "ar",
            **_MAP,
            "states": [
                {
                    "name": "keys",
                    "shape": [4, 0, 8],
                    "dtype": "float16",
                    "init": "zeros",
                    "update": "append",
                    "scope": "voice",
                    "axis": 1,
                    "max_length": 1500,
                }
            ],
            "chunking": "approximate",
            "ar": {
                "sampler": "main",
                "stop_tokens": [1024],
                "stop_on": ["sample", "argmax"],
                "min_steps": 11,
                "max_steps": 1500,
                "min_steps_per_token": 2,
                "max_steps_per_token": 20.5,
            },
            "variants": _GRAPH,
        },
        {
            "id": "fill",
            "kind": "refine",
            **_MAP,
            "refine": {"codebooks": [[2, 4], [5, 8]], "pick": "argmax"},
            "variants": _GRAPH,
        },
        {
            "id": "flow",
            "kind": "ode",
            **_MAP,
            "chunking": "whole",
            "ode": {
                "solver": "euler",
                "steps": 10,
                "schedule": "cosine",
                "guidance_rate": 0.7,
                "noise": "noise",
            },
            "variants": [
                {
                    "backend": "native",
                    "precision": "int8",
                    "files": {
                        "spec": "LICENSE.txt",
                        "tensors": "constants.safetensors",
                    },
                }
            ],
        },
    ]
    manifest["reference"] = {
        "needs_transcript": "optional",
        "min_seconds": 3,
        "max_seconds": 10,
        "crop": "centre",
        "trim": "energy",
        "stages": ["decoder"],
    }
    manifest["speakers"][1]["licence"] = "CC-BY-4.0"
    manifest["speakers"][1]["description"] = "Clear and calm."
    manifest["speakers"][1]["file"] = "constants.safetensors"
    manifest["streaming"] = {
        "mode": "approximate",
        "first_frames": 4,
        "max_frames": 64,
        "growth": 1.5,
        "overlap_frames": 2,
        "crossfade_ms": 20,
    }
    # Through JSON, so that no two stages share an object that a test would change.
    return dict(json.loads(json.dumps(manifest)))
