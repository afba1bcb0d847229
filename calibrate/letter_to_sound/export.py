"""Writes the network as INT8 weights in a safetensors file."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calibrate.letter_to_sound.model import LetterNetwork

Array = NDArray[np.generic]
_NAMES = {"float32": "F32", "int8": "I8"}


def export(network: LetterNetwork, chunks: Sequence[tuple[str, ...]]) -> bytes:
    """Matrices become (inputs, outputs) INT8 with one scale per output."""
    values = {
        name: parameter.detach().float().numpy()
        for name, parameter in network.named_parameters()
    }
    tensors: dict[str, Array] = {}
    for name, value in values.items():
        key, kind = name.rsplit(".", 1)
        key = key.replace("layers.", "layer")
        if kind == "bias":
            tensors[f"{key}.bias"] = value
            continue
        if value.ndim == 3:
            # Tap-major rows: the runtime multiplies a window of letters at once.
            value = value.transpose(2, 1, 0).reshape(-1, value.shape[0])
        elif key in ("hidden", "past", "output"):
            value = value.T
        scale = np.maximum(np.abs(value).max(0), 1e-8) / 127.0
        tensors[f"{key}.weight"] = np.rint(value / scale).astype(np.int8)
        tensors[f"{key}.scale"] = scale.astype(np.float32)
    return _safetensors(tensors, {"chunks": ",".join(" ".join(c) for c in chunks)})


def _safetensors(tensors: dict[str, Array], metadata: dict[str, str]) -> bytes:
    header: dict[str, object] = {"__metadata__": metadata}
    body = bytearray()
    for name, value in sorted(tensors.items(), key=lambda item: -item[1].itemsize):
        data = np.ascontiguousarray(value).tobytes()
        header[name] = {
            "dtype": _NAMES[value.dtype.name],
            "shape": list(value.shape),
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(body)
