"""Attention has the oracle's bits, for rings that wrap and for keys that are held."""

from __future__ import annotations

import ctypes
from ctypes import c_float, c_int32, c_uint64, c_void_p

import numpy as np
import pytest

from tests.kernels import reference
from tests.kernels.kernel_table import KernelTable, aligned, guarded, row_pointers
from tests.kernels.rows import Floats, normal

BLOCK = 16
ROWS = 4
NO_RING = 2**64 - 1
F32 = np.float32


class Attention(ctypes.Structure):
    """``et_attention``."""

    _fields_ = [
        ("num_heads", c_int32),
        ("num_kv_heads", c_int32),
        ("head_dim", c_int32),
        ("window", c_int32),
        ("scale", c_float),
        ("value_stride", c_int32),
        ("scores_stride", c_int32),
        ("reserved", c_int32),
        ("row_mask", c_uint64),
        ("first_key", c_uint64),
        ("last_key", c_uint64),
        ("position", c_uint64),
        ("keys", c_void_p),
        ("values", c_void_p),
        ("scores", c_void_p),
    ]


def head_of(
    query: Floats, keys: Floats, values: Floats, first: int, scale: np.float32
) -> Floats:
    """One head of one row, bit for bit; ``first`` is the absolute row of keys[0]."""
    scores = np.zeros(len(keys), F32)
    for channel, factor in enumerate(query):
        scores = reference.fma(np.full(len(keys), factor), keys[:, channel], scores)
    shares = reference.exp(scores * scale - (scores * scale).max())
    sums = np.zeros(BLOCK, F32)
    for row, share in enumerate(shares):
        sums[(first + row) % BLOCK] += share
    while len(sums) > 1:
        sums = sums[: len(sums) // 2] + sums[len(sums) // 2 :]
    mixed = np.zeros(values.shape[1], F32)
    for share, row in zip(shares, values, strict=True):
        mixed = reference.fma(np.full(len(row), share), row, mixed)
    return mixed * (F32(1) / sums[0])


def run(
    table: KernelTable,
    queries: Floats,
    keys: Floats,
    values: Floats,
    heads: tuple[int, int],
    window: int,
    first_row: int,
    ring_rows: int,
) -> Floats:
    """Lays rows out as the kernel wants them and calls it.

    ``keys`` hold the rows from ``first_row`` on; the last ``len(queries)`` of them are
    those of the queries where there is a window.
    """
    num_heads, num_kv_heads = heads
    channels = keys.shape[1]
    rows = ring_rows or -(-len(keys) // BLOCK) * BLOCK
    blocks = aligned(rows * channels * 4).view(F32)
    blocks = blocks.reshape(rows // BLOCK, channels, BLOCK)
    slots = normal(9, rows, channels + 3)  # What is not seen may be anything finite.
    for index in range(len(keys)):
        slot = (first_row + index) % rows
        blocks[slot // BLOCK, :, slot % BLOCK] = keys[index]
        slots[slot, :channels] = values[index]
    stride = (max(window, len(keys)) + BLOCK - 1) // BLOCK * BLOCK + 2 * BLOCK
    scores = aligned(ROWS * stride * 4)
    attention = Attention(
        num_heads=num_heads,
        num_kv_heads=num_kv_heads,
        head_dim=queries.shape[1] // num_heads,
        window=window,
        scale=0.3,
        value_stride=channels + 3,
        scores_stride=stride,
        row_mask=ring_rows - 1 if ring_rows else NO_RING,
        first_key=first_row,
        last_key=first_row + len(keys) - 1,
        position=first_row + len(keys) - len(queries),
        keys=blocks.ctypes.data,
        values=slots.ctypes.data,
        scores=scores.ctypes.data,
    )
    out = guarded(*queries.shape)
    call = ctypes.CFUNCTYPE(None, c_void_p, c_int32, c_void_p, c_void_p)(
        table.pointer.contents.attention_f32
    )
    call(
        ctypes.addressof(attention),
        len(queries),
        row_pointers(queries),
        row_pointers(out),
    )
    assert np.isnan(out.base[:, queries.shape[1] :]).all(), "wrote beyond a row"
    return out


def wanted(
    queries: Floats,
    keys: Floats,
    values: Floats,
    heads: tuple[int, int],
    window: int,
    first_row: int,
) -> Floats:
    width = queries.shape[1] // heads[0]
    out = np.empty_like(queries)
    for t, row in enumerate(queries):
        end = len(keys) - len(queries) + t + 1 if window else len(keys)
        begin = max(0, end - window) if window else 0
        for head in range(heads[0]):
            part = slice(head * width, (head + 1) * width)
            kv = head // (heads[0] // heads[1]) * width
            shared = slice(kv, kv + width)
            out[t, part] = head_of(
                row[part],
                keys[begin:end, shared],
                values[begin:end, shared],
                first_row + begin,
                F32(0.3),
            )
    return out


@pytest.mark.parametrize("num_rows", [1, 2, 3, 5])
@pytest.mark.parametrize("width", [1, 7, 16, 40, 96, 112])
def test_held_keys(table: KernelTable, width: int, num_rows: int) -> None:
    heads = (4, 2) if width < 40 else (2, 1)
    for num_keys in (1, 16, 17) if width > 16 else (15, 100):
        queries = normal(1, num_rows, heads[0] * width)
        keys, values = (normal(n, num_keys, heads[1] * width) for n in (2, 3))
        found = run(table, queries, keys, values, heads, 0, 0, 0)
        expected = wanted(queries, keys, values, heads, 0, 0)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("num_rows", [1, 4, 5])
@pytest.mark.parametrize("window", [2, 16, 33])
def test_windows_in_a_ring(table: KernelTable, window: int, num_rows: int) -> None:
    """Of the keys no more are remembered than the window needs."""
    ring = 1 << (window + num_rows - 2).bit_length()
    ring = max(ring, BLOCK)
    for first_row in (0, 37):
        for past in (0, window - 1):
            queries = normal(1, num_rows, 48)
            keys, values = (normal(n, past + num_rows, 24) for n in (2, 3))
            found = run(table, queries, keys, values, (2, 1), window, first_row, ring)
            expected = wanted(queries, keys, values, (2, 1), window, first_row)
            np.testing.assert_array_equal(found, expected)


def test_a_large_score_takes_all(table: KernelTable) -> None:
    queries, keys = np.full((1, 16), 30, F32), np.zeros((20, 16), F32)
    keys[13] = 30
    values = normal(3, 20, 16)
    found = run(table, queries, keys, values, (1, 1), 0, 0, 0)
    np.testing.assert_array_equal(found[0], values[13])


def test_nan_spreads_to_its_row_alone(table: KernelTable) -> None:
    queries = normal(1, 3, 32)
    queries[1, 4] = np.nan
    keys, values = (normal(n, 20, 32) for n in (2, 3))
    found = run(table, queries, keys, values, (2, 2), 0, 0, 0)
    assert np.isnan(found[1, :16]).all()
    assert np.isfinite(found[[0, 2]]).all() and np.isfinite(found[1, 16:]).all()
