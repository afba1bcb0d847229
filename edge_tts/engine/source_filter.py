"""Sources through spectral filters to samples: one interface, two implementations.

The native one runs wherever the kernel library was built; the other is NumPy, the
fallback and the measure of the first.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.native_kernels import NativeKernels, native_kernels
from edge_tts.cpu.native_library import native_library
from edge_tts.cpu.select import current_isa
from edge_tts.engine.excitation import Excitation
from edge_tts.engine.spectral_filter import NUM_BINS, SpectralFilter

Filters = Mapping[str, NDArray[np.float32]]
"""Outputs of the vocoder stage by name, T rows each."""

HOP_LENGTH: Final = 256
_FILTERS: Final = ("log_harmonic", "phase", "log_noise", "log_pulse")
_REST_SAMPLES: Final = 640


class SourceFilter(Protocol):
    """Synthesis of one utterance, frame after frame."""

    def reset(self, seed: int) -> None:
        """Start a new signal whose noise is that of ``seed``."""
        ...

    def push(
        self, f0: NDArray[np.float32], gate: NDArray[np.float32], filters: Filters
    ) -> NDArray[np.float32]:
        """Take T frames, return the samples that are complete."""
        ...

    def finish(self) -> NDArray[np.float32]:
        """Return the rest: 256 samples per frame in all."""
        ...


def open_source_filter(sample_rate: int) -> SourceFilter:
    """The native implementation if there is one, else NumPy's."""
    if native_library().handle is None:
        return NumpySourceFilter(sample_rate)
    return NativeSourceFilter(sample_rate, native_kernels(current_isa()))


class NumpySourceFilter:
    """Plain NumPy."""

    def __init__(self, sample_rate: int) -> None:
        self._excitation = Excitation(sample_rate, HOP_LENGTH)
        self._filter = SpectralFilter()

    def reset(self, seed: int) -> None:
        """Start a new signal."""
        self._excitation.reset(seed)
        self._filter.reset()

    def push(
        self, f0: NDArray[np.float32], gate: NDArray[np.float32], filters: Filters
    ) -> NDArray[np.float32]:
        """Take T frames, return the samples that are complete."""
        sources = self._excitation.push(f0, gate, filters["excitation"])
        rows = [filters[name].reshape(-1, NUM_BINS) for name in _FILTERS]
        return self._filter.push(sources, np.stack(rows, axis=1))

    def finish(self) -> NDArray[np.float32]:
        """Return the rest of the samples."""
        nothing = np.zeros((0, 4, NUM_BINS), np.float32)
        samples = self._filter.push(self._excitation.finish(), nothing)
        return np.concatenate([samples, self._filter.finish()])


class NativeSourceFilter:
    """``kernels/source_filter.c``: one call per chunk, the same bits on every ISA.

    Args:
        sample_rate: Samples per second.
        kernels: Kernels of one instruction set.
    """

    def __init__(self, sample_rate: int, kernels: NativeKernels) -> None:
        library = kernels.library
        pointer = ctypes.c_void_p
        library.et_source_filter_nbytes.restype = ctypes.c_size_t
        self._reset = library.et_source_filter_reset
        self._reset.argtypes = (pointer, ctypes.c_uint32, ctypes.c_int32)
        self._reset.restype = None
        self._run = library.et_source_filter_run
        self._run.argtypes = (pointer, pointer, ctypes.c_int32, *(pointer,) * 8)
        self._run.restype = ctypes.c_int32
        self._finish = library.et_source_filter_finish
        self._finish.argtypes = (pointer,) * 3
        self._finish.restype = ctypes.c_int32
        self._table = kernels.table
        self._sample_rate = sample_rate
        # uint64, because the state holds doubles.
        words = -(-int(library.et_source_filter_nbytes()) // 8)
        self._state = np.zeros(words, np.uint64)
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Start a new signal."""
        self._reset(self._state.ctypes.data, seed & 0xFFFFFFFF, self._sample_rate)

    def push(
        self, f0: NDArray[np.float32], gate: NDArray[np.float32], filters: Filters
    ) -> NDArray[np.float32]:
        """Take T frames, return the samples that are complete."""
        count = len(f0)
        arrays = [f0, gate, *(filters[name] for name in _FILTERS)]
        arrays.append(filters["excitation"])
        rows = [_contiguous(array, count) for array in arrays]
        out = np.empty(count * HOP_LENGTH, np.float32)
        written = self._run(
            self._table,
            self._state.ctypes.data,
            count,
            *(array.ctypes.data for array in rows),
            out.ctypes.data,
        )
        return out[:written]

    def finish(self) -> NDArray[np.float32]:
        """Return the rest of the samples."""
        out = np.empty(_REST_SAMPLES, np.float32)
        written = self._finish(self._table, self._state.ctypes.data, out.ctypes.data)
        return out[:written]


def _contiguous(array: NDArray[Any], count: int) -> NDArray[np.float32]:
    # C reads as many rows as there are frames: no array may be shorter.
    assert len(array) == count
    return np.ascontiguousarray(array, np.float32)
