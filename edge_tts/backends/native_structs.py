"""The C structs of kernels/executor.h and kernels/edge_kernels.h, field by field."""

from __future__ import annotations

import ctypes
from enum import IntEnum

FLOATS = ctypes.c_void_p


class Linear(ctypes.Structure):
    """``et_linear``."""

    _fields_ = (
        ("num_outputs", ctypes.c_int32),
        ("num_inputs", ctypes.c_int32),
        ("num_taps", ctypes.c_int32),
        ("gated", ctypes.c_int32),
        ("packed", ctypes.c_void_p),
    )


class Buffer(ctypes.Structure):
    """``et_buffer``."""

    _fields_ = (
        ("storage", ctypes.c_int32),
        ("external", ctypes.c_int32),
        ("ring_mask", ctypes.c_uint32),
        ("rate_num", ctypes.c_int32),
        ("rate_den", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
        ("row_nbytes", ctypes.c_int64),
        ("offset", ctypes.c_int64),
    )


class View(ctypes.Structure):
    """``et_view``."""

    _fields_ = (
        ("buffer", ctypes.c_int32),
        ("num_channels", ctypes.c_int32),
        ("delay", ctypes.c_int32),
        ("inner_rows", ctypes.c_int32),
        ("inner_nbytes", ctypes.c_int64),
        ("byte_offset", ctypes.c_int64),
        ("table", ctypes.c_int64),
        ("lag", ctypes.c_int64),
    )


class Op(ctypes.Structure):
    """``et_op``."""

    _fields_ = (
        ("kind", ctypes.c_int32),
        ("out", ctypes.c_int32),
        ("in_", ctypes.c_int32 * 3),
        ("residual", ctypes.c_int32),
        ("activation", ctypes.c_int32),
        ("gate", ctypes.c_int32),
        ("num_taps", ctypes.c_int32),
        ("dilation", ctypes.c_int32),
        ("centred", ctypes.c_int32),
        ("absmax", ctypes.c_int32),
        ("alpha", ctypes.c_float),
        ("beta", ctypes.c_float),
        ("linear", Linear),
        ("tensor", FLOATS),
        ("tensor2", FLOATS),
        ("num_entries", ctypes.c_int64),
        ("num_heads", ctypes.c_int32),
        ("num_kv_heads", ctypes.c_int32),
        ("window", ctypes.c_int32),
        ("shift", ctypes.c_int32),
    )


class Program(ctypes.Structure):
    """``et_program``."""

    _fields_ = (
        ("kernels", ctypes.c_void_p),
        ("buffers", ctypes.POINTER(Buffer)),
        ("views", ctypes.POINTER(View)),
        ("ops", ctypes.POINTER(Op)),
        ("num_buffers", ctypes.c_int32),
        ("num_views", ctypes.c_int32),
        ("num_ops", ctypes.c_int32),
        ("tile_rows", ctypes.c_int32),
        ("valid", ctypes.c_int32),
        ("max_lag", ctypes.c_int32),
    )


class Stream(ctypes.Structure):
    """``et_stream``."""

    _fields_ = (
        ("memory", ctypes.c_void_p),
        ("bases", ctypes.c_void_p),
        ("tables", ctypes.c_void_p),
        ("taps", ctypes.c_void_p),
        ("absmax", ctypes.c_void_p),
        ("zeros", ctypes.c_void_p),
        ("held_rows", ctypes.c_void_p),
        ("work", ctypes.c_void_p),
        ("position", ctypes.c_uint64),
        ("end", ctypes.c_uint64),
        ("workers", ctypes.c_void_p),
    )


NO_END = 2**64 - 1
"""``ET_NO_END``: the utterance goes on."""
IN_STRUCT_ORDER = (Buffer, View, Op, Program, Stream, Linear)
"""As ``et_executor_struct_nbytes`` counts them."""


class Storage(IntEnum):
    """Where the rows of a buffer lie."""

    PLAIN = 0
    RING = 1
    EXTERNAL = 2
    HELD = 3


class OpKind(IntEnum):
    """``et_op_kind``."""

    QUANTIZE = 0
    RMS_NORM_QUANTIZE = 1
    LAYER_NORM_QUANTIZE = 2
    LINEAR_QS8 = 3
    LINEAR_F32 = 4
    DEPTHWISE_CONV = 5
    RMS_NORM = 6
    LAYER_NORM = 7
    ADD = 8
    MUL = 9
    SCALE = 10
    AFFINE = 11
    FILM = 12
    CLAMP = 13
    ACTIVATE = 14
    GATE = 15
    SNAKE = 16
    COPY = 17
    EMBED = 18
    EMBED_ADD = 19
    STORE_KEYS = 20
    ATTENTION = 21
    LINEAR_Q4 = 22
    LINEAR_BF16 = 23
    ROTARY = 24
    INVERSE_FFT = 25
    OVERLAP_ADD = 26
    MATCH_RMS = 27


ACTIVATIONS = {
    "none": 0,
    "relu": 1,
    "leaky_relu": 2,
    "elu": 3,
    "tanh": 4,
    "sigmoid": 5,
    "silu": 6,
    "gelu": 7,
    "exp": 8,
    "sin": 9,
    "cos": 10,
    "gelu_tanh": 11,
}
"""``et_activation`` by the name a StackSpec uses."""

GATES = {"none": 0, "glu": 1, "gated_tanh": 2, "swiglu": 3}
"""``et_gate`` by the layer kind."""
