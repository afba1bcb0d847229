"""Reads the INT8 weights of the letter-to-sound network from a safetensors file."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import TextError

_DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "F32": np.dtype("<f4"),
    "I8": np.dtype("i1"),
}


def read_weights(path: Path) -> tuple[dict[str, NDArray[np.float32]], dict[str, str]]:
    """Tensors as float32 (``X.scale`` applied to ``X.weight``) and metadata.

    Raises:
        TextError: The file is missing or damaged.
    """
    try:
        data = path.read_bytes()
        (size,) = struct.unpack_from("<Q", data)
        header: dict[str, Any] = json.loads(data[8 : 8 + size])
        metadata = {str(k): str(v) for k, v in header.pop("__metadata__").items()}
        raw = {name: _tensor(data, 8 + size, entry) for name, entry in header.items()}
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise TextError(
            f"expected letter-to-sound weights at {path}, got {error}; "
            "reinstall the package"
        ) from error
    tensors: dict[str, NDArray[np.float32]] = {}
    for name, value in raw.items():
        if name.endswith(".scale"):
            continue
        scale = raw.get(name.replace(".weight", ".scale"))
        plain = value.astype(np.float32)
        tensors[name] = plain if scale is None else plain * scale
    return tensors, metadata


def _tensor(data: bytes, base: int, entry: dict[str, Any]) -> NDArray[Any]:
    shape = tuple(int(size) for size in entry["shape"])
    values: NDArray[Any] = np.frombuffer(
        data,
        _DTYPES[entry["dtype"]],
        math.prod(shape),
        base + int(entry["data_offsets"][0]),
    )
    return values.reshape(shape)
