"""A small but complete pack for the tests: manifest as JSON values, files as bytes."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_tts.errors import PackError
from edge_tts.packs import Pack
from edge_tts.packs.tensor_writer import encode_tensors

_MANIFEST: dict[str, Any] = {
    "format": 1,
    "id": "tiny",
    "version": "0.1.0",
    "family": "edge1",
    "description": "Two voices that say nothing.",
    "languages": ["en-US"],
    "licence": {
        "code": "Apache-2.0",
        "weights": "CC0-1.0",
        "attribution": "",
        "commercial": "yes",
        "file": "LICENSE.txt",
    },
    "source": [{"name": "recordings", "licence": "CC0-1.0"}],
    "made_by": {
        "command": "python -m calibrate.voice export",
        "commit": "unknown",
        "created": "2026-01-31",
        "converter": "calibrate 0.1.0",
    },
    "audio": {"sample_rate": 22050, "hop_length": 256, "num_channels": 1},
    "rates": {"frame_hz": 86.1328125},
    "frontend": {
        "normalizer": "english",
        "phonemizer": {"kind": "builtin", "name": "en-us"},
        "tokenizer": {"kind": "symbols", "symbols": ["PAD", "AA", "."]},
    },
    "constants": {
        "duration_scale": 1.05,
        "mel_mean": [-5.0, -6.5],
        "noise": {"file": "constants.safetensors", "tensor": "noise"},
    },
    "stages": [
        {
            "id": "decoder",
            "kind": "map",
            "inputs": [{"name": "x", "dtype": "float32", "shape": ["T", 4]}],
            "outputs": [{"name": "y", "dtype": "float32", "shape": ["2*T", 4]}],
            "states": [{"name": "conv0", "shape": [2, 4], "dtype": "float32"}],
            "lookahead": 2,
            "receptive_field": 5,
            "rate": 2,
            "variants": [
                {
                    "backend": "ort",
                    "precision": "int8",
                    "scheme": "dynamic",
                    "files": {"graph": "stages/decoder.int8.onnx"},
                    "quality": {"sqnr_db": 31.5},
                    "gate": "pass",
                },
                {
                    "backend": "ort",
                    "precision": "fp32",
                    "files": {"graph": "stages/decoder.onnx"},
                },
            ],
        },
        {"id": "synthesis", "kind": "host", "inputs": [], "outputs": [], "op": "istft"},
    ],
    "speakers": [
        {
            "id": "ann",
            "index": 0,
            "name": "Ann",
            "language": "en-US",
            "gender": "female",
        },
        {"id": "bob", "index": 1, "name": "Bob", "language": "en-GB"},
    ],
    "default_speaker": "ann",
    "streaming": {"mode": "exact", "first_frames": 8, "max_frames": 48},
    "quality": {"nisqa_tts": 3.5},
}


def example_files() -> dict[str, bytes]:
    """Every file of the pack but the manifest."""
    return {
        "LICENSE.txt": b"Do as you like.\n",
        "constants.safetensors": encode_tensors(
            {"noise": np.arange(6, dtype=np.float32).reshape(2, 3)}
        ),
        "stages/decoder.int8.onnx": b"not really a graph " * 10,
        "stages/decoder.onnx": b"not a graph either " * 40,
    }


def example_manifest() -> dict[str, Any]:
    """A fresh copy of the manifest, ``files`` included."""
    manifest = copy.deepcopy(_MANIFEST)
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in example_files().items()
    }
    return manifest


def write_example(
    folder: Path,
    manifest: dict[str, Any] | None = None,
    files: dict[str, bytes] | None = None,
) -> Path:
    """Write a pack directory without any check, so that it can be wrong."""
    contents = example_files() if files is None else files
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(example_manifest() if manifest is None else manifest)
    (folder / "pack.json").write_text(text, encoding="utf-8")
    return folder


def refusal(path: Path, *, verify: bool = True) -> str:
    """The one line with which a pack is refused."""
    with pytest.raises(PackError) as caught, Pack.open(path) as pack:
        if verify:
            pack.verify()
    message = str(caught.value)
    assert "\n" not in message
    return message
