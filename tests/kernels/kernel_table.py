"""NumPy face of one kernel table, for tests: rows in, rows out, no speed."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_float, c_int32, c_size_t, c_void_p
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.int8]

ACTIVATIONS = (
    "none",
    "relu",
    "leaky_relu",
    "elu",
    "tanh",
    "sigmoid",
    "silu",
    "gelu",
    "exp",
    "sin",
    "cos",
    "gelu_tanh",
)
GATES = ("none", "glu", "tanh", "swiglu")

_ROWS, _INT, _FLOAT = c_void_p, c_int32, c_float
_SHAPE = (_INT, _INT)


class Linear(ctypes.Structure):
    """``et_linear``."""

    _fields_ = [
        ("num_outputs", c_int32),
        ("num_inputs", c_int32),
        ("num_taps", c_int32),
        ("gated", c_int32),
        ("packed", c_void_p),
    ]


class Epilogue(ctypes.Structure):
    """``et_epilogue``."""

    _fields_ = [
        ("activation", c_int32),
        ("gate", c_int32),
        ("alpha", c_float),
        ("reserved", c_int32),
        ("residual", c_void_p),
        ("absmax", c_void_p),
    ]


_LINEAR = (POINTER(Linear), _INT, _ROWS, POINTER(Epilogue), _ROWS)
KERNELS: dict[str, tuple[Any, ...]] = {
    "quantize_rows_qs8": (*_SHAPE, _ROWS, c_void_p, _ROWS),
    "rms_norm_quantize_qs8": (*_SHAPE, _ROWS, _FLOAT, _ROWS),
    "layer_norm_quantize_qs8": (*_SHAPE, _ROWS, _FLOAT, _ROWS),
    "linear_qs8": _LINEAR,
    "linear_q4": _LINEAR,
    "linear_f32": _LINEAR,
    "linear_bf16": _LINEAR,
    "depthwise_conv_f32": (*_SHAPE, _INT, _ROWS, c_void_p, c_void_p, _ROWS, _ROWS),
    "rms_norm_f32": (*_SHAPE, _ROWS, c_void_p, c_void_p, _FLOAT, _ROWS),
    "layer_norm_f32": (*_SHAPE, _ROWS, c_void_p, c_void_p, _FLOAT, _ROWS),
    "softmax_f32": (*_SHAPE, _ROWS, _ROWS),
    "add_f32": (*_SHAPE, _ROWS, _ROWS, _ROWS),
    "mul_f32": (*_SHAPE, _ROWS, _ROWS, _ROWS),
    "scale_f32": (*_SHAPE, _ROWS, _FLOAT, _FLOAT, _ROWS),
    "affine_f32": (*_SHAPE, _ROWS, c_void_p, c_void_p, _ROWS),
    "film_f32": (*_SHAPE, _ROWS, _ROWS, _ROWS, _ROWS),
    "clamp_f32": (*_SHAPE, _ROWS, _FLOAT, _FLOAT, _ROWS),
    "activate_f32": (*_SHAPE, _INT, _FLOAT, _ROWS, _ROWS),
    "gate_f32": (*_SHAPE, _INT, _ROWS, _ROWS, _ROWS),
    "snake_f32": (*_SHAPE, _ROWS, c_void_p, c_void_p, _ROWS),
    "attention_f32": (c_void_p, _INT, _ROWS, _ROWS),
    "inverse_fft_f32": (*_SHAPE, _ROWS, c_void_p, c_void_p, c_void_p, _ROWS),
    # Not on rows: tests/engine/test_native_source_filter.py calls it.
    "source_filter_f32": (c_void_p, c_void_p, c_void_p, c_void_p),
}
"""Arguments of each entry of ``et_kernel_table``, in the order of the struct."""


class TableStruct(ctypes.Structure):
    """``et_kernel_table``."""

    _fields_ = [
        ("isa", c_char_p),
        ("qs8_panel_columns", c_int32),
        ("qs8_inputs_group", c_int32),
        ("qs8_offset", c_int32),
        ("f32_panel_columns", c_int32),
        *((name, c_void_p) for name in KERNELS),
    ]


@dataclass
class PackedLayer:
    """A layer with its weights in the layout of one table."""

    struct: Linear
    memory: NDArray[np.uint8]
    dtype: str
    """As in the kernel's name."""


class KernelTable:
    """The kernels of one instruction set as methods on arrays of rows."""

    def __init__(self, library: ctypes.CDLL, isa: str) -> None:
        library.et_kernel_table_of.restype = POINTER(TableStruct)
        pointer = library.et_kernel_table_of(isa.encode())
        if not pointer:
            raise LookupError(isa)
        self.isa = isa
        self.pointer = pointer
        self._library = library
        for dtype in ("qs8", "q4", "bf16", "f32"):
            getattr(library, f"et_packed_nbytes_{dtype}").restype = c_size_t
        table = pointer.contents
        self._call = {
            name: ctypes.CFUNCTYPE(None, *types)(getattr(table, name))
            for name, types in KERNELS.items()
        }

    def rows(self, name: str, shape: tuple[int, int], *arguments: Any) -> Floats:
        """Call a kernel whose last argument is its result, (rows, channels) float."""
        out = guarded(*shape)
        self._call[name](*shape, *map(_pass, arguments), row_pointers(out))
        assert np.isnan(out.base[:, shape[1] :]).all(), f"{name} wrote beyond a row"
        return out

    def quantize(self, name: str, x: Floats, argument: Any = None) -> NDArray[np.uint8]:
        """Call a quantising kernel: rows of bytes as edge_kernels.h lays them out."""
        num_rows, channels = x.shape
        out = np.full((num_rows, qs8_row_nbytes(channels)), 0xEE, np.uint8)
        argument = None if argument is None else _pass(argument)
        self._call[name](
            num_rows, channels, row_pointers(x), argument, row_pointers(out)
        )
        end = padded(channels) + 8
        assert (out[:, end:] == 0xEE).all(), f"{name} wrote beyond a row"
        return out

    def pack(
        self,
        weights: NDArray[Any],
        scale: NDArray[Any] | None,
        bias: Floats | None,
        gated: bool = False,
    ) -> PackedLayer:
        """Pack (rows, taps, inputs) weights: int8, float, or bfloat16 as uint16.

        A scale of uint16 (rows, taps, groups) makes a layer of four bits.
        """
        rows, taps, inputs = weights.shape
        struct = Linear(rows // (1 + gated), inputs, taps, int(gated), None)
        if scale is None:
            dtype = "bf16" if weights.dtype == np.uint16 else "f32"
        else:
            dtype = "q4" if scale.dtype == np.uint16 else "qs8"
        count = getattr(self._library, f"et_packed_nbytes_{dtype}")
        memory = aligned(count(self.pointer, ctypes.byref(struct)))
        struct.packed = memory.ctypes.data
        parts = [_pass(weights), *([] if scale is None else [_pass(scale)])]
        pack = getattr(self._library, f"et_pack_linear_{dtype}")
        status = pack(
            self.pointer,
            ctypes.byref(struct),
            *parts,
            None if bias is None else _pass(bias),
            c_void_p(memory.ctypes.data),
        )
        if scale is not None and status != 0:
            raise ValueError("a weight is out of range, -128 or beyond four bits")
        return PackedLayer(struct, memory, dtype)

    def unpack(self, layer: PackedLayer) -> tuple[Bytes, Floats, Floats]:
        """Weights, scale and bias of a packed int8 layer."""
        s = layer.struct
        rows = s.num_outputs * (1 + s.gated)
        weights = np.zeros((rows, s.num_taps, s.num_inputs), np.int8)
        scale, bias = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
        self._library.et_unpack_linear_qs8(
            self.pointer, ctypes.byref(s), _pass(weights), _pass(scale), _pass(bias)
        )
        return weights, scale, bias

    def linear(
        self,
        layer: PackedLayer,
        x: NDArray[Any],
        *,
        activation: str = "none",
        gate: str = "none",
        alpha: float = 0.0,
        residual: Floats | None = None,
        absmax: Floats | None = None,
    ) -> Floats:
        """Run a layer on (rows, taps, ...) inputs: floats, or quantised row bytes."""
        name = f"linear_{layer.dtype}"
        out = guarded(len(x), layer.struct.num_outputs)
        residual_rows = None if residual is None else row_pointers(residual)
        epilogue = Epilogue(
            ACTIVATIONS.index(activation),
            GATES.index(gate),
            alpha,
            0,
            None if residual_rows is None else ctypes.addressof(residual_rows),
            None if absmax is None else absmax.ctypes.data,
        )
        taps = x.reshape(x.shape[0] * x.shape[1], -1)
        self._call[name](
            ctypes.byref(layer.struct),
            len(x),
            row_pointers(taps),
            ctypes.byref(epilogue),
            row_pointers(out),
        )
        assert np.isnan(out.base[:, out.shape[1] :]).all(), f"{name} wrote beyond a row"
        return out


def padded(channels: int) -> int:
    """``et_qs8_padded``."""
    return -(-channels // 8) * 8


def qs8_row_nbytes(channels: int) -> int:
    """``et_qs8_row_nbytes``."""
    return -(-(padded(channels) + 8) // 64) * 64


def split_quantized(
    rows: NDArray[np.uint8], channels: int
) -> tuple[Bytes, Floats, NDArray[np.int32]]:
    """Values (with padding), scales and sums of quantised rows."""
    end = padded(channels)
    values = rows[..., :end].view(np.int8)
    scale = np.ascontiguousarray(rows[..., end : end + 4]).view(np.float32)[..., 0]
    offset = np.ascontiguousarray(rows[..., end + 4 : end + 8]).view(np.int32)[..., 0]
    return values, scale, offset // -128


def guarded(num_rows: int, channels: int) -> Floats:
    """Rows of NaN with more NaN behind each, as a view whose base holds both."""
    return np.full((num_rows, channels + 24), np.nan, np.float32)[:, :channels]


def aligned(nbytes: int) -> NDArray[np.uint8]:
    """Zeroed bytes at a multiple of 64."""
    block = np.zeros(nbytes + 64, np.uint8)
    start = -block.ctypes.data % 64
    return block[start : start + nbytes]


def row_pointers(array: NDArray[Any]) -> ctypes.Array[c_void_p]:
    """Addresses of the rows of a 2-D array; the array must stay alive."""
    start, step = array.ctypes.data, array.strides[0]
    return (c_void_p * len(array))(*(start + t * step for t in range(len(array))))


def _pass(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    if value.ndim == 2:
        return row_pointers(value)
    return c_void_p(value.ctypes.data)
