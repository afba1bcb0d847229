"""Bytes and operations of a step, and the limit that follows from them."""

from __future__ import annotations

import pytest

from benchmarks.engine_work import Work, layer_work, work_of
from benchmarks.networks.vocos import vocos
from benchmarks.networks.wavenet import wavenet
from calibrate.graphs.native_tensors import build_native_int8


def test_wavenet_in_int8_reads_a_byte_per_weight() -> None:
    spec, tensors = wavenet()
    work = work_of(*build_native_int8(spec, tensors))
    products = 10 * (3 * 256 * 512 + 256 * 512)
    assert work.int8_products == products
    assert work.fp32_products == 0
    # A bias and a scale in float32 for each column.
    assert work.weight_nbytes == products + 10 * 2 * 512 * 8


def test_float_weights_have_four_bytes() -> None:
    spec, tensors = wavenet()
    work = work_of(spec, tensors)
    assert work.int8_products == 0
    assert work.fp32_products == 10 * 4 * 256 * 512
    assert work.weight_nbytes == sum(tensor.nbytes for tensor in tensors.values())


def test_one_row_reads_its_taps_and_many_rows_read_the_whole_state() -> None:
    spec, tensors = wavenet()
    layer = next(layer for layer in spec.layers if layer.name == "conv9")
    work = layer_work(spec, layer, tensors)
    row_nbytes = 256 * 4
    states = [work.nbytes(rows) - work.weight_nbytes for rows in (1, 8, 4000)]
    assert states == [2 * row_nbytes, 16 * row_nbytes, 2 * 512 * row_nbytes]


def test_depthwise_products_stay_in_float32() -> None:
    spec, tensors = vocos()
    work = work_of(*build_native_int8(spec, tensors))
    assert work.fp32_products == 8 * 7 * 256
    assert work.int8_products == 8 * 2 * 256 * 768


@pytest.mark.parametrize(
    ("num_rows", "seconds"),
    [(1, 100 / 10), (8, 100 / 10), (20, 2 * 20 * (30 / 100 + 5 / 50))],
)
def test_limit_is_reading_for_few_rows_and_arithmetic_for_many(
    num_rows: int, seconds: float
) -> None:
    work = Work(int8_products=30, fp32_products=5, weight_nbytes=60, kept_nbytes=40)
    limit = work.limit_seconds(num_rows, bandwidth=10, int8_peak=100, fp32_peak=50)
    assert limit == pytest.approx(seconds)
