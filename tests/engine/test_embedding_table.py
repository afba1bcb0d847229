from __future__ import annotations

import numpy as np
import pytest

from calibrate.convert.tables import encode_table
from edge_tts.engine.embedding_table import EmbeddingTable
from edge_tts.errors import PackError


def numbers(rows: int = 9, channels: int = 5) -> np.ndarray:
    generator = np.random.default_rng(0)
    return generator.standard_normal((rows, channels)).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "error"), [("fp32", 0), ("fp16", 1e-3), ("int8", 0.01)]
)
def test_rows_come_back(kind: str, error: float) -> None:
    table = numbers()
    stored = encode_table("t", table, kind)
    opened = EmbeddingTable(stored["t"], stored.get("t_scale"), "t")
    found = opened.rows(np.array([[3, 8], [0, 3]]))
    assert found.shape == (2, 2, 5) and found.dtype == np.float32
    bound = error * np.abs(table).max()
    np.testing.assert_allclose(found, table[[[3, 8], [0, 3]]], rtol=0, atol=bound)


def test_a_sum_weighs_the_columns() -> None:
    table = numbers()
    opened = EmbeddingTable(table, None, "t")
    ids = np.array([[1, 2], [4, 4], [8, 0]])
    weights = np.array([0.25, -2.0], np.float32)
    expected = np.einsum("tkc,k->tc", table[ids], weights)
    np.testing.assert_allclose(opened.weighted_sum(ids, weights), expected, rtol=1e-5)
    assert opened.weighted_sum(ids[:0], weights).shape == (0, 5)


def test_a_row_of_zeros_stays_zero_in_int8() -> None:
    table = numbers()
    table[2] = 0
    stored = encode_table("t", table, "int8")
    opened = EmbeddingTable(stored["t"], stored["t_scale"], "t")
    assert not opened.rows(np.array([2])).any()


@pytest.mark.parametrize("ids", [[-1], [9], [0, 100]])
def test_unknown_ids_are_refused(ids: list[int]) -> None:
    with pytest.raises(PackError, match="expected 0 to 8"):
        EmbeddingTable(numbers(), None, "t").rows(np.array(ids))


@pytest.mark.parametrize(
    ("rows", "scales"),
    [
        (np.zeros((3, 2), np.float64), None),
        (np.zeros((3, 2), np.int8), None),
        (np.zeros(3, np.float32), None),
        (np.zeros((3, 2), np.float32), np.ones(3, np.float32)),
        (np.zeros((3, 2), np.int8), np.ones(2, np.float32)),
        (np.zeros((3, 2), np.int8), np.ones(3, np.float64)),
    ],
)
def test_other_arrays_are_refused(rows: np.ndarray, scales: np.ndarray | None) -> None:
    with pytest.raises(PackError, match="table t: expected"):
        EmbeddingTable(rows, scales, "t")
