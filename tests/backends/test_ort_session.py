"""ONNX Runtime: the contract, and memory that stays flat."""

from __future__ import annotations

import gc
import tracemalloc

import psutil
import pytest

from edge_tts.backends.base import StageExecutor
from edge_tts.packs import StageSignature
from tests.backends.session_contract import SessionContract, rows

pytest.importorskip("onnxruntime")

from edge_tts.backends.ort_session import OrtSession


class TestOrtSession(SessionContract):
    def open_stage(
        self, graph: bytes, signature: StageSignature, num_threads: int = 1
    ) -> StageExecutor:
        return OrtSession(graph, signature, num_threads=num_threads)

    def test_memory_is_flat(self, executor: StageExecutor) -> None:
        run = executor.open(16)
        inputs = [{"x": rows(count)} for count in range(1, 17)]

        def work(rounds: int) -> None:
            for _ in range(rounds):
                for feed in inputs:
                    run.run(feed)
                run.reset()

        work(30)
        gc.collect()
        process = psutil.Process()
        before = process.memory_info().rss
        tracemalloc.start()
        work(10)
        start, _ = tracemalloc.get_traced_memory()
        work(200)
        end, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert end - start < 2_000
        assert process.memory_info().rss - before < 2 << 20
