"""The loops that read physical limits: they compile, run, and find what a cache is."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.limits.machine_limits import MachineLimits, cache_sizes
from benchmarks.limits.probes import PROBES, ProbeLibrary
from edge_tts.cpu import current_isa
from edge_tts.cpu.caches import Cache

KIB = 1024


@pytest.fixture(scope="module")
def limits() -> MachineLimits:
    if shutil.which("cc") is None or current_isa() not in PROBES:
        pytest.skip("needs a C compiler and a vector unit")
    return MachineLimits(ProbeLibrary(), PROBES[current_isa()])


def test_int8_beats_fp32_and_both_are_plausible(limits: MachineLimits) -> None:
    assert 1e8 < limits.fp32_peak < limits.int8_peak < 1e13


def test_inner_cache_is_faster_than_memory(limits: MachineLimits) -> None:
    inner = limits.bandwidth(16 * KIB)
    assert 1e8 < limits.bandwidth(256 * KIB * KIB) < inner < 1e13


def test_best_reading_counts(limits: MachineLimits) -> None:
    before = limits.fp32_peak
    limits.take()
    assert limits.fp32_peak >= before


def test_blocks_fit_their_cache_and_not_the_inner_one() -> None:
    caches = (
        Cache(1, "data", 32 * KIB, 1),
        Cache(1, "instruction", 32 * KIB, 1),
        Cache(2, "unified", 1024 * KIB, 1),
        Cache(3, "unified", 32768 * KIB, 8),
    )
    sizes = cache_sizes(caches)
    assert list(sizes) == ["L1", "L2", "L3", "DRAM"]
    assert sizes["L1"] < 32 * KIB < sizes["L2"] < 1024 * KIB
    assert 1024 * KIB < sizes["L3"] < 32768 * KIB < sizes["DRAM"]


def test_machine_without_cache_facts_has_memory_only() -> None:
    assert list(cache_sizes(())) == ["DRAM"]


def test_a_larger_block_bounds_a_smaller_one_from_below(limits: MachineLimits) -> None:
    name, threads = limits.probes.read, limits.num_threads
    limits.readings[name, 3 << 20, threads] = [5.0]
    limits.readings[name, 4 << 20, threads] = [4.0, 7e12]
    assert limits.bandwidth(3 << 20) == 7e12
