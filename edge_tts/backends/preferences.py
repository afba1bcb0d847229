"""The shipped table: which variants are fastest, by instruction set; pure data.

It holds until ``edgetts tune`` has measured this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge_tts.cpu.isa import Isa

Preference = tuple[tuple[str, str], ...]
"""Pairs of backend and precision, best first."""

_GRAPH_FLOATS: Final[Preference] = (
    ("ort", "fp32"),
    ("openvino", "fp32"),
    ("native", "fp32"),
    ("native", "fp16"),
    ("ort", "fp16"),
    ("openvino", "bf16"),
    ("openvino", "fp16"),
    ("ort", "bf16"),
    ("native", "bf16"),
)
# Streamed networks in fp32, native against ONNX Runtime: HiFi-GAN 2x at one row and 1.1
# to 1.3x at 8 and 48, Mimi's decoder 2.3x, Sopro as a whole 1.8x.
_FLOATS: Final[Preference] = (
    ("native", "fp32"),
    *(pair for pair in _GRAPH_FLOATS if pair != ("native", "fp32")),
)
# One frame at a time is bound by reading weights, so int8 wins even without integer dot
# products (10.6 MB of weights on AVX2: 112 us in int8, 848 in fp32). ONNX Runtime comes
# before OpenVINO, which needs 77 ms and 60 MB more to start for about the same speed.
_INT8_FIRST: Final[Preference] = (
    ("native", "int8"),
    ("ort", "int8"),
    ("openvino", "int8"),
    ("native", "int4"),
    ("ort", "int4"),
    ("openvino", "int4"),
    *_FLOATS,
)
# Plain C loses to the vector code that the graph runtimes always have.
_GENERIC: Final[Preference] = (
    ("ort", "int8"),
    ("openvino", "int8"),
    ("native", "int8"),
    *_GRAPH_FLOATS,
    ("ort", "int4"),
    ("openvino", "int4"),
    ("native", "int4"),
)

PREFERENCES: Final[Mapping[Isa, Preference]] = {
    Isa.GENERIC: _GENERIC,
    Isa.NEON: _INT8_FIRST,
    Isa.NEON_DOTPROD: _INT8_FIRST,
    Isa.NEON_I8MM: _INT8_FIRST,
    Isa.AVX2: _INT8_FIRST,
    Isa.AVX_VNNI: _INT8_FIRST,
    Isa.AVX512: _INT8_FIRST,
    Isa.AVX512_VNNI: _INT8_FIRST,
}

CHUNK_SCHEMES: Final = ("static", "dynamic", "weight_only", "none")
"""Of several quantised graphs for chunks of rows: with 8 rows, weights kept packed
(MatMulNBits) took 1405 us where integer arithmetic took 912 to 1020."""
STEP_SCHEMES: Final = ("weight_only", "dynamic", "static", "none")
"""The same for loops of one row: 367 us against 446 and 537."""
