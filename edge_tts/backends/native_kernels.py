"""Typed face of the kernel library; decides nothing and keeps no state."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int32, c_int64, c_size_t, c_void_p
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.native_ops import Weights
from edge_tts.backends.native_structs import (
    IN_STRUCT_ORDER,
    Linear,
    Program,
    Stream,
)
from edge_tts.cpu.isa import Isa
from edge_tts.cpu.native_library import native_library
from edge_tts.errors import BackendError

QS8_PADDING = 8
_QS8_TAIL_NBYTES = 8
_ROW_ALIGNMENT = 64
_WITH_SCALE = 3
_PACKERS = {
    "fp32": ("f32", 2),
    "bf16": ("bf16", 2),
    "int8": ("qs8", 3),
    "int4": ("q4", 3),
}
"""Format -> dtype in a kernel's name, arrays it packs: weight, scale, bias."""


class NativeKernels:
    """The functions of one library, for one instruction set.

    Args:
        library: the loaded library.
        isa: instruction set whose table is used; the CPU must support it.

    Raises:
        BackendError: the library lacks that table, or is of another version.
    """

    def __init__(self, library: ctypes.CDLL, isa: Isa) -> None:
        self.isa = isa
        self.library = library
        for index, struct in enumerate(IN_STRUCT_ORDER):
            if library.et_executor_struct_nbytes(index) != ctypes.sizeof(struct):
                raise BackendError(
                    f"kernel library: {struct.__name__} has another layout; build "
                    "the library again"
                )
        library.et_kernel_table_of.argtypes = (c_char_p,)
        library.et_kernel_table_of.restype = c_void_p
        table = library.et_kernel_table_of(isa.value.encode())
        if not table:
            raise BackendError(f"kernel library: no kernels for {isa}")
        self.table = int(table)
        """Address of the ``et_kernel_table``."""
        self._packed_nbytes = {}
        self._pack = {}
        for format_, (dtype, num_arrays) in _PACKERS.items():
            nbytes = getattr(library, f"et_packed_nbytes_{dtype}")
            nbytes.argtypes = (c_void_p, POINTER(Linear))
            nbytes.restype = c_size_t
            self._packed_nbytes[format_] = nbytes
            pack = getattr(library, f"et_pack_linear_{dtype}")
            pack.argtypes = (c_void_p, POINTER(Linear), *(c_void_p,) * (num_arrays + 1))
            pack.restype = c_int32 if num_arrays == _WITH_SCALE else None
            self._pack[format_] = pack
        self.prepare = library.et_stream_prepare
        self.prepare.argtypes = (POINTER(Program), POINTER(Stream))
        self.prepare.restype = None
        self.run = library.et_stream_run
        self.run.argtypes = (POINTER(Program), POINTER(Stream), c_int32, c_void_p)
        self.run.restype = c_int32
        self._exp = library.et_exp_f32
        self._exp.argtypes = (c_void_p, c_int32, c_void_p, c_void_p)
        self._exp.restype = None
        self.workers_nbytes = library.et_workers_nbytes
        self.workers_nbytes.argtypes = ()
        self.workers_nbytes.restype = c_size_t
        self.start_workers = library.et_workers_start
        self.start_workers.argtypes = (c_void_p, c_int32, c_int32)
        self.start_workers.restype = c_int32
        self.stop_workers = library.et_workers_stop
        self.stop_workers.argtypes = (c_void_p,)
        self.stop_workers.restype = None
        self.worker_retreats = library.et_workers_retreats
        self.worker_retreats.argtypes = (c_void_p,)
        self.worker_retreats.restype = c_int64
        self.workers_helped = library.et_workers_helped
        self.workers_helped.argtypes = (c_void_p,)
        self.workers_helped.restype = c_int64

    def exp(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns exp of float32 values of any shape, clamped to [-87, 88] before."""
        source = np.ascontiguousarray(values, np.float32)
        result = np.empty_like(source)
        self._exp(self.table, source.size, source.ctypes.data, result.ctypes.data)
        return result

    def packed_nbytes(self, layer: Linear, format_: str) -> int:
        """Returns the bytes of a layer's packed weights."""
        return int(self._packed_nbytes[format_](self.table, byref(layer)))

    def pack(self, layer: Linear, weights: Weights, packed: int) -> None:
        """Writes a layer's packed weights.

        Args:
            layer: its shape.
            weights: contiguous arrays.
            packed: address of the memory to write.

        Raises:
            BackendError: an integer is out of its format's range.
        """
        arrays = [weights.weight]
        if weights.scale is not None:
            arrays.append(weights.scale)
        bias = None if weights.bias is None else weights.bias.ctypes.data
        addresses = [*(array.ctypes.data for array in arrays), bias]
        status = self._pack[weights.format](
            self.table, byref(layer), *addresses, packed
        )
        if status:
            raise BackendError(
                f"{weights.format} weights do not fit: expected -127 to 127 for int8, "
                "groups of 32 inputs for int4"
            )


@lru_cache(maxsize=len(Isa))
def native_kernels(isa: Isa) -> NativeKernels:
    """The kernels of one instruction set.

    Raises:
        BackendError: there is no library, or it lacks that instruction set.
    """
    library = native_library()
    if library.handle is None:
        raise BackendError(f"backend native: {library.reason}")
    return NativeKernels(library.handle, isa)


def quantized_row_nbytes(channels: int) -> int:
    """Stride of int8 rows, as ``et_qs8_row_nbytes`` computes it."""
    padded = -(-channels // QS8_PADDING) * QS8_PADDING
    return -(-(padded + _QS8_TAIL_NBYTES) // _ROW_ALIGNMENT) * _ROW_ALIGNMENT
