"""Native source-filter synthesis: NumPy's signal, the same bits on every ISA."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_tts.backends.native_kernels import native_kernels
from edge_tts.cpu import Isa, cpu_features, native_library, supported_isas
from edge_tts.engine.source_filter import NativeSourceFilter, NumpySourceFilter

SAMPLE_RATE = 22_050
NAMES = ("log_harmonic", "phase", "log_noise", "log_pulse")

pytestmark = pytest.mark.skipif(
    native_library().handle is None, reason="the kernel library was not built"
)


def _rungs() -> list[Isa]:
    return [isa for isa in supported_isas(cpu_features()) if isa in _built()]


def _built() -> frozenset[Isa]:
    return native_library().built


class Signal:
    """Random frames with silences, voiced and unvoiced stretches, loud and quiet."""

    def __init__(self, count: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        steps = np.cumsum(random.normal(size=count) * 0.05)
        self.f0 = np.exp(np.clip(5.2 + steps, 4.0, 6.2)).astype(np.float32)
        self.gate = (random.random(count) > 0.4).astype(np.float32)
        self.filters = {
            name: random.normal(size=(count, 514)).astype(np.float32) for name in NAMES
        }
        self.filters["log_pulse"] -= 12.0
        rows = random.normal(size=(count, 10)).astype(np.float32)
        self.filters["excitation"] = rows

    def through(
        self, synthesis: NativeSourceFilter | NumpySourceFilter, sizes: list[int]
    ) -> NDArray[np.float32]:
        """Synthesise in chunks."""
        synthesis.reset(seed=11)
        out, first = [], 0
        for size in sizes:
            part = slice(first, first + size)
            filters = {name: rows[part] for name, rows in self.filters.items()}
            out.append(synthesis.push(self.f0[part], self.gate[part], filters))
            first += size
        out.append(synthesis.finish())
        return np.concatenate(out)


@pytest.mark.parametrize("isa", _rungs(), ids=str)
@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_native_equals_numpy(isa: Isa, count: int) -> None:
    signal = Signal(count, seed=count)
    native = NativeSourceFilter(SAMPLE_RATE, native_kernels(isa))
    ours = signal.through(native, [count])
    reference = signal.through(NumpySourceFilter(SAMPLE_RATE), [count])
    assert ours.shape == reference.shape == (count * 256,)
    scale = float(np.abs(reference).max())
    np.testing.assert_allclose(ours, reference, atol=2e-5 * scale)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(0, 999))
def test_chunks_and_isas_change_no_bit(sizes: list[int], seed: int) -> None:
    signal = Signal(sum(sizes), seed)
    whole = signal.through(
        NativeSourceFilter(SAMPLE_RATE, native_kernels(Isa.GENERIC)), [sum(sizes)]
    )
    for isa in _rungs():
        native = NativeSourceFilter(SAMPLE_RATE, native_kernels(isa))
        np.testing.assert_array_equal(signal.through(native, sizes), whole)


def test_nothing_pushed_gives_nothing() -> None:
    native = NativeSourceFilter(SAMPLE_RATE, native_kernels(Isa.GENERIC))
    native.reset(seed=0)
    assert len(native.finish()) == 0


def test_reset_forgets_the_signal_before() -> None:
    signal = Signal(6, seed=1)
    native = NativeSourceFilter(SAMPLE_RATE, native_kernels(Isa.GENERIC))
    first = signal.through(native, [6])
    np.testing.assert_array_equal(signal.through(native, [6]), first)
