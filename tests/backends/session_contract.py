"""What every backend must do; subclasses say how to open a stage on theirs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.errors import BackendError
from edge_tts.packs import StageSignature, StateSpec, TensorSpec
from tests.backends.stage_graphs import (
    CHANNELS,
    OUT_CHANNELS,
    UPSAMPLE,
    counter_graph,
    counter_signature,
    dilated_graph,
    dilated_reference,
    dilated_signature,
    ids_graph,
    ids_signature,
)

CHUNKINGS: dict[str, list[int]] = {
    "1": [1] * 41,
    "2": [2] * 20 + [1],
    "3": [3] * 13 + [2],
    "8": [8] * 5 + [1],
    "odd": [7, 1, 13, 2, 11, 5, 2],
    "all": [41],
}
ROWS = 41


def rows(count: int = ROWS, seed: int = 1) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return random.standard_normal((count, CHANNELS)).astype(np.float32)


def streamed(run: StageRun, x: NDArray[np.float32], chunks: list[int]) -> Any:
    """Outputs ``y`` of consecutive runs, put together."""
    parts, start = [], 0
    for size in chunks:
        outputs = run.run({"x": x[start : start + size]})
        assert outputs["y"].shape == (size, OUT_CHANNELS)
        assert outputs["up"].shape == (UPSAMPLE * size, OUT_CHANNELS)
        np.testing.assert_array_equal(outputs["up"][::UPSAMPLE], outputs["y"])
        parts.append(outputs["y"].copy())
        start += size
    return np.concatenate(parts)


class SessionContract:
    """Template of the tests; the tolerance is a share of full scale."""

    tolerance = 1e-5

    def open_stage(
        self, graph: bytes, signature: StageSignature, num_threads: int = 1
    ) -> StageExecutor:
        raise NotImplementedError

    @pytest.fixture
    def executor(self) -> StageExecutor:
        return self.open_stage(dilated_graph(), dilated_signature())

    def close_to(self, left: Any, right: Any) -> None:
        np.testing.assert_allclose(
            left, right, rtol=0, atol=self.tolerance * np.abs(right).max()
        )

    def test_signature(self, executor: StageExecutor) -> None:
        assert executor.signature == dilated_signature()

    @pytest.mark.parametrize("chunks", CHUNKINGS.values(), ids=CHUNKINGS)
    def test_streamed_equals_whole(
        self, executor: StageExecutor, chunks: list[int]
    ) -> None:
        x = rows()
        whole = streamed(executor.open(ROWS), x, [ROWS])
        self.close_to(whole, dilated_reference(x))
        self.close_to(
            streamed(executor.open(13 if chunks != [41] else 41), x, chunks), whole
        )

    def test_states_are_carried(self, executor: StageExecutor) -> None:
        run = executor.open(8)
        x = rows(8)
        first = run.run({"x": x})["y"].copy()
        second = run.run({"x": x})["y"].copy()
        assert np.abs(first - second).max() > 1e-3

    @pytest.mark.parametrize("used", [1, 2])
    def test_reset_starts_anew(self, executor: StageExecutor, used: int) -> None:
        run = executor.open(ROWS)
        x = rows()
        first = streamed(run, x, [20, 21])
        for _ in range(used):
            run.run({"x": x[:5]})
        run.reset()
        np.testing.assert_array_equal(streamed(run, x, [20, 21]), first)

    def test_initial_values_other_than_zero(self) -> None:
        executor = self.open_stage(counter_graph(), counter_signature())
        run = executor.open(4)
        one = np.ones((1, 2), np.float32)
        for _ in range(2):
            assert run.run({"x": one})["y"].tolist() == [[2.0, 2.0]]
            assert run.run({"x": one})["y"].tolist() == [[3.0, 3.0]]
            run.reset()

    def test_integer_inputs_and_no_state(self) -> None:
        run = self.open_stage(ids_graph(), ids_signature()).open(16)
        for count in (1, 5, 16):
            ids = np.arange(count, dtype=np.int64) % 4
            outputs = run.run({"ids": ids, "flags": ids > 1})
            expected = ids[:, None] * np.array([1.0, 10.0]) * (ids > 1)[:, None]
            np.testing.assert_array_equal(outputs["y"], expected.astype(np.float32))

    def test_inputs_may_be_views(self, executor: StageExecutor) -> None:
        x = rows()
        wide = np.zeros((2 * ROWS, 2 * CHANNELS), np.float32)
        wide[::2, ::2] = x
        whole = streamed(executor.open(ROWS), x, [ROWS])
        run = executor.open(ROWS)
        np.testing.assert_array_equal(streamed(run, wide[::2, ::2], [ROWS]), whole)

    def test_runs_side_by_side_are_independent(self, executor: StageExecutor) -> None:
        left, right = executor.open(8), executor.open(8)
        x, other = rows(24), rows(24, seed=5)
        parts = []
        for start in range(0, 24, 8):
            parts.append(left.run({"x": x[start : start + 8]})["y"])
            kept = parts[-1].copy()
            right.run({"x": other[start : start + 8]})
            np.testing.assert_array_equal(parts[-1], kept)
            parts[-1] = kept
        alone = streamed(executor.open(24), x, [8, 8, 8])
        np.testing.assert_array_equal(np.concatenate(parts), alone)

    def test_threads_share_an_executor(self, executor: StageExecutor) -> None:
        x = rows(400)
        expected = streamed(executor.open(8), x, [8] * 50)
        results: dict[int, Any] = {}

        def work(number: int) -> None:
            results[number] = streamed(executor.open(8), x, [8] * 50)

        threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [0, 1]
        for result in results.values():
            np.testing.assert_array_equal(result, expected)

    def test_two_threads_inside(self) -> None:
        executor = self.open_stage(dilated_graph(), dilated_signature(), 2)
        self.close_to(
            streamed(executor.open(41), rows(), [41]), dilated_reference(rows())
        )

    @pytest.mark.parametrize(
        ("inputs", "message"),
        [
            ({}, "expected the inputs x, got none"),
            ({"z": rows(2)}, "got z"),
            ({"x": rows(2), "z": rows(2)}, "got x, z"),
            ({"x": rows(2).astype(np.float64)}, "must be float32, got float64"),
            ({"x": rows(2)[:, :5]}, r"shape (T, 12), got (2, 5)"),
            ({"x": rows(2)[None]}, "got (1, 2, 12)"),
            ({"x": rows(2)[0]}, "got (12)"),
            ({"x": rows(2)[:0]}, "has 0 rows, expected 1 to 8"),
            ({"x": rows(9)}, "has 9 rows, expected 1 to 8"),
        ],
    )
    def test_wrong_inputs(
        self, executor: StageExecutor, inputs: dict[str, Any], message: str
    ) -> None:
        run = executor.open(8)
        before = run.run({"x": rows(3)})["y"].copy()
        with pytest.raises(BackendError) as caught:
            run.run(inputs)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
        # Nothing was run, and the states are as they were.
        after = run.run({"x": rows(3)})["y"].copy()
        run.reset()
        np.testing.assert_array_equal(run.run({"x": rows(3)})["y"], before)
        np.testing.assert_array_equal(run.run({"x": rows(3)})["y"], after)

    def test_inputs_that_disagree(self) -> None:
        run = self.open_stage(ids_graph(), ids_signature()).open(16)
        ids = np.zeros(3, np.int64)
        with pytest.raises(BackendError, match="flags"):
            run.run({"ids": ids, "flags": np.zeros(2, np.bool_)})

    def test_float_mode_of_the_caller_is_left_alone(
        self, executor: StageExecutor
    ) -> None:
        executor.open(8).run({"x": rows(3)})
        assert np.float32(1e-40) * np.float32(0.5) > 0

    def test_closed(self, executor: StageExecutor) -> None:
        run = executor.open(8)
        y = run.run({"x": rows(3)})["y"]
        kept = y.copy()
        run.close()
        run.close()
        np.testing.assert_array_equal(y, kept)
        with pytest.raises(BackendError, match="closed"):
            run.run({"x": rows(3)})
        executor.close()
        with pytest.raises(BackendError, match="closed"):
            executor.open(8)

    def test_open_needs_a_row(self, executor: StageExecutor) -> None:
        with pytest.raises(BackendError, match="at least 1"):
            executor.open(0)

    @pytest.mark.parametrize("data", [b"", b"nonsense", dilated_graph()[:-500]])
    def test_damaged_graph(self, data: bytes) -> None:
        with pytest.raises(BackendError) as caught:
            self.open_stage(data, dilated_signature())
        assert "\n" not in str(caught.value)

    def test_weights_outside_the_graph(self, tmp_path: Path) -> None:
        model = onnx.load_from_string(dilated_graph())
        tensor = next(item for item in model.graph.initializer if item.name == "w0")
        (tmp_path / "w0.bin").write_bytes(tensor.raw_data)
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=str(tmp_path / "w0.bin"))
        with pytest.raises(BackendError, match="weights inside"):
            self.open_stage(model.SerializeToString(), dilated_signature())

    @pytest.mark.parametrize(
        "change", ["name", "dtype", "size", "rank", "output", "state"]
    )
    def test_graph_with_another_interface(self, change: str) -> None:
        signature = dilated_signature()
        x, *states = signature.inputs[0], *signature.states
        inputs, outputs = (x,), signature.outputs
        if change == "name":
            inputs = (TensorSpec("z", x.dtype, x.shape),)
        elif change == "dtype":
            inputs = (TensorSpec("x", "float16", x.shape),)
        elif change == "size":
            inputs = (TensorSpec("x", x.dtype, ("T", CHANNELS + 1)),)
        elif change == "rank":
            inputs = (TensorSpec("x", x.dtype, ("T", CHANNELS, 1)),)
        elif change == "output":
            outputs = outputs[:1]
        else:
            states = states[1:]
        with pytest.raises(BackendError, match="the pack declares"):
            self.open_stage(
                dilated_graph(), StageSignature(inputs, outputs, tuple(states))
            )

    def test_growing_states_are_refused(self) -> None:
        signature = dilated_signature()
        first = signature.states[0]
        grown = StateSpec(
            first.name, first.shape, first.dtype, update="append", max_length=9
        )
        changed = StageSignature(
            signature.inputs, signature.outputs, (grown, *signature.states[1:])
        )
        with pytest.raises(BackendError, match="append"):
            self.open_stage(dilated_graph(), changed).open(4)
