"""The native backend as the registry opens it: from the files of a pack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_tts.backends.native_session import open_stage, problem, signature_of
from edge_tts.cpu import native_library
from edge_tts.errors import EdgeTTSError
from edge_tts.network.reference import run_reference
from edge_tts.network.stack_spec import StackSpec
from edge_tts.packs.stage import Stage
from edge_tts.packs.tensor_writer import encode_tensors
from edge_tts.packs.variant import Variant
from tests.network.sample_stacks import (
    ALL_STACKS,
    STREAMED,
    random_inputs,
    random_tensors,
)

pytest.importorskip("onnx", reason="calibrate.graphs needs the calibrate extra")

from calibrate.graphs.native_tensors import build_native_int8

pytestmark = pytest.mark.skipif(
    native_library().handle is None, reason="needs the kernel library"
)
SPEC = STREAMED["decoder"]


class FolderPack:
    """The part of a pack that a backend sees."""

    class manifest:
        id = "test"

    def __init__(self, folder: Path, spec: StackSpec, tensors: Any) -> None:
        self._folder = folder
        (folder / "s.json").write_text(json.dumps(spec.to_json()))
        (folder / "s.safetensors").write_bytes(encode_tensors(tensors))

    def read_bytes(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    def view(self, name: str) -> memoryview:
        return memoryview(self.read_bytes(name))


def stage_and_variant(spec: StackSpec) -> tuple[Stage, Variant]:
    def tensor(entry: Any) -> dict[str, Any]:
        return {"name": entry.name, "dtype": entry.dtype, "shape": list(entry.shape)}

    signature = signature_of(spec)
    stage = Stage.parse(
        {
            "id": "decoder",
            "kind": "map",
            "inputs": [tensor(entry) for entry in signature.inputs],
            "outputs": [tensor(entry) for entry in signature.outputs],
            "states": [tensor(entry) for entry in signature.states],
            "variants": [
                {
                    "backend": "native",
                    "precision": "fp32",
                    "files": {"spec": "s.json", "tensors": "s.safetensors"},
                }
            ],
        },
        "stage",
    )
    return stage, stage.variants[0]


@pytest.mark.parametrize("name", ALL_STACKS)
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_stage_runs_from_its_files(name: str, precision: str, tmp_path: Path) -> None:
    spec = ALL_STACKS[name]
    tensors, inputs = random_tensors(spec), random_inputs(spec, 30)
    if precision == "int8":
        spec, tensors = build_native_int8(spec, tensors)
    pack: Any = FolderPack(tmp_path, spec, tensors)
    session = open_stage(pack, *stage_and_variant(spec), num_threads=1)
    found = session.open(30).run(inputs)
    expected, _ = run_reference(spec, tensors, inputs)
    for output in spec.outputs:
        np.testing.assert_allclose(found[output], expected[output], atol=2e-5)
    assert problem() is None


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    tensors = random_tensors(SPEC)
    del tensors["conv0.weight"]
    pack: Any = FolderPack(tmp_path, SPEC, tensors)
    with pytest.raises(EdgeTTSError, match=r"'conv0.weight'.* is missing"):
        open_stage(pack, *stage_and_variant(SPEC), num_threads=1)


def test_another_network_is_refused(tmp_path: Path) -> None:
    other = STREAMED["vocoder"]
    pack: Any = FolderPack(tmp_path, other, random_tensors(other))
    with pytest.raises(EdgeTTSError, match="build the pack again"):
        open_stage(pack, *stage_and_variant(SPEC), num_threads=1)
