"""OpenVINO: the contract, on the same graphs as ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.backends.base import StageExecutor
from edge_tts.packs import StageSignature
from tests.backends.session_contract import SessionContract, rows, streamed
from tests.backends.stage_graphs import dilated_graph, dilated_signature

pytest.importorskip("openvino")

from edge_tts.backends.openvino_session import OpenVinoSession


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "edge_tts/openvino"


class TestOpenVinoSession(SessionContract):
    def open_stage(
        self, graph: bytes, signature: StageSignature, num_threads: int = 1
    ) -> StageExecutor:
        return OpenVinoSession(graph, signature, num_threads=num_threads)

    def test_fp32_is_fp32_even_where_bf16_is_faster(
        self, executor: StageExecutor
    ) -> None:
        ort = pytest.importorskip("edge_tts.backends.ort_session")
        other = ort.OrtSession(dilated_graph(), dilated_signature())
        x = rows()
        self.close_to(
            streamed(executor.open(41), x, [41]), streamed(other.open(41), x, [41])
        )


def test_compiled_models_are_cached(cache_folder: Path) -> None:
    for _ in range(2):
        OpenVinoSession(dilated_graph(), dilated_signature()).open(4)
        assert any(cache_folder.iterdir())


def test_unwritable_cache_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    OpenVinoSession(dilated_graph(), dilated_signature()).open(4)
