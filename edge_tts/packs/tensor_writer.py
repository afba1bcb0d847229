"""Writes safetensors; the same arrays give the same bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import PackError
from edge_tts.packs.tensor_file import DTYPES

ALIGNMENT: Final = 64
"""Of the first byte of data: one cache line, so that kernels may read in place."""
_NAMES: Final = {
    np.dtype(code): name for name, code in DTYPES.items() if name != "BF16"
}


def encode_tensors(
    tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None
) -> bytes:
    """Encode named arrays as one safetensors file.

    Wider types come first and names are sorted within a width, so that every array is
    aligned to its own type.

    Raises:
        PackError: An array has a type that safetensors lacks, such as object.
    """
    arrays = {name: np.asarray(array) for name, array in tensors.items()}
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    header: dict[str, object] = {}
    if metadata:
        header["__metadata__"] = dict(sorted(metadata.items()))
    blocks: list[bytes] = []
    position = 0
    for name in order:
        array = arrays[name]
        dtype = array.dtype.newbyteorder("<")
        if dtype not in _NAMES:
            raise PackError(f"tensor {name!r}: type {array.dtype} cannot be written")
        block = array.astype(dtype, copy=False).tobytes()
        header[name] = {
            "dtype": _NAMES[dtype],
            "shape": list(array.shape),
            "data_offsets": [position, position + len(block)],
        }
        position += len(block)
        blocks.append(block)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(len(text) + 8) % ALIGNMENT)
    return b"".join([struct.pack("<Q", len(text)), text, *blocks])
