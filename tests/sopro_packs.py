"""Packs of the small Sopro networks in tests/data, and what the reference made of them.

``python -m tests.parity.sopro_tiny`` writes networks and vectors.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from calibrate.convert import sopro as converter
from edge_tts.packs.tensor_file import TensorFile

DATA = Path(__file__).parent / "data"
VERSIONS = ("1.5", "1")
LICENCE = Path(__file__).resolve().parents[1] / "LICENSE"


def folder_of(version: str) -> Path:
    """The checkpoint, the codec and the vectors of a version."""
    return DATA / f"sopro_tiny_{version.replace('.', '_')}"


def read_vectors(version: str) -> dict[str, np.ndarray]:
    """Inputs and the reference's answers, see tests/parity/sopro_tiny.py."""
    path = folder_of(version) / "vectors.safetensors"
    return dict(TensorFile(memoryview(path.read_bytes()), str(path)))


def convert_tiny(
    version: str, target: Path, *, source: Path | None = None, **options: str
) -> Path:
    """Run the converter's command."""
    folder = folder_of(version)
    parser = argparse.ArgumentParser()
    converter.add_arguments(parser)
    listed = [str(source or folder / "model"), "--codec", str(folder / "mimi")]
    listed += ["-o", str(target), "--licence-file", str(LICENCE)]
    given: dict[str, Any] = {"tables": "fp32", "variants": "native:fp32", **options}
    for name, value in given.items():
        listed += [f"--{name}", value]
    converter.run(parser.parse_args(listed))
    return target
