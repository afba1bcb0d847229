from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_tts.backends import BACKENDS, backend_problems, open_executor, registry
from edge_tts.errors import BackendError, PackError
from edge_tts.packs import Pack, PackWriter
from tests.backends.session_contract import rows
from tests.backends.stage_graphs import dilated_graph, dilated_reference
from tests.packs.example_pack import example_manifest


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    manifest = example_manifest()
    del manifest["files"]
    manifest["constants"] = {}
    manifest["stages"] = [
        {
            "id": "decoder",
            "kind": "map",
            "inputs": [{"name": "x", "dtype": "float32", "shape": ["T", 12]}],
            "outputs": [
                {"name": "y", "dtype": "float32", "shape": ["T", 5]},
                {"name": "up", "dtype": "float32", "shape": ["4*T", 5]},
            ],
            "states": [
                {
                    "name": f"conv{index}",
                    "shape": [2 * 2**index, 12],
                    "dtype": "float32",
                }
                for index in range(3)
            ],
            "variants": [
                {
                    "backend": backend,
                    "precision": "fp32",
                    "files": {"graph": "decoder.onnx"},
                }
                for backend in ("ort", "openvino")
            ],
        }
    ]
    with PackWriter(tmp_path / "voice.zip") as writer:
        writer.add_bytes("decoder.onnx", dilated_graph())
        writer.add_bytes("LICENSE.txt", b"free")
        writer.finish(manifest)
    return Pack.open(tmp_path / "voice.zip")


@pytest.mark.parametrize("number", [0, 1])
def test_opens_a_stage_of_a_pack(
    pack: Pack, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    stage = pack.manifest.stage("decoder")
    variant = stage.variants[number]
    pytest.importorskip(BACKENDS[variant.backend].package)
    executor = open_executor(pack, stage, variant, num_threads=1)
    x = rows(9)
    outputs = executor.open(9).run({"x": x})
    np.testing.assert_allclose(outputs["y"], dilated_reference(x), atol=1e-5)


def test_error_names_pack_stage_and_variant(pack: Pack) -> None:
    stage = pack.manifest.stage("decoder")
    wrong = stage.variants[0]._replace(files={"graph": "LICENSE.txt"})
    with pytest.raises(BackendError, match=r"tiny: stage decoder \(ort:fp32\)"):
        open_executor(pack, stage, wrong)
    with pytest.raises(PackError, match="no file 'nix'"):
        open_executor(pack, stage, wrong._replace(files={"graph": "nix"}))


def test_backend_that_is_not_installed(
    pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {
        name: replace(backend, package="surely_not_installed")
        for name, backend in BACKENDS.items()
    }
    monkeypatch.setattr(registry, "BACKENDS", gone)
    assert all(backend_problems().values())
    stage = pack.manifest.stage("decoder")
    with pytest.raises(BackendError, match="pip install onnxruntime"):
        open_executor(pack, stage, stage.variants[0])


def test_every_backend_of_the_format_is_registered() -> None:
    from edge_tts.packs.variant import BACKEND_IDS

    assert set(BACKENDS) == set(BACKEND_IDS)
    assert backend_problems().keys() == BACKENDS.keys()


def test_asking_loads_no_runtime() -> None:
    code = (
        "import sys; from edge_tts.backends import backend_problems, selection; "
        "backend_problems(); "
        "print([m for m in ('onnxruntime', 'openvino') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
