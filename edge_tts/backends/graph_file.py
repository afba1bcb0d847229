"""Makes sure that an ONNX file brings its weights along, without the onnx package.

ONNX tensors may name a file for their data instead of holding it. Both runtimes follow
such names, out of the pack as well, past the digests that make a pack trustworthy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from edge_tts.errors import BackendError

_MARK: Final = b"location"
"""Key that every reference to another file must have."""
_MAX_DEPTH: Final = 32
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_EXTERNAL_DATA: Final = 13
"""Number of the field of a tensor that names a file."""

# Message -> number of a field -> message in it; only paths that lead to tensors. The
# numbers are those of onnx.proto.
_PATHS: Final[Mapping[str, Mapping[int, str]]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor",
        6: "graph",
        10: "tensor",
        11: "graph",
        22: "sparse",
        23: "sparse",
    },
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}


def check_self_contained(graph: bytes, where: str) -> None:
    """Refuse a graph with weights in other files.

    Raises:
        BackendError: It has such weights, or is no ONNX file.
    """
    # The search takes 0.4 ms per megabyte and settles nearly every file.
    if _MARK not in graph:
        return
    try:
        external = _has_external(memoryview(graph), "model", 0)
    except (IndexError, ValueError) as error:
        raise BackendError(f"{where}: the graph is no ONNX file") from error
    if external:
        raise BackendError(
            f"{where}: the graph keeps weights in another file; save it with all its "
            "weights inside"
        )


def _has_external(data: memoryview, message: str, depth: int) -> bool:
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    paths = _PATHS[message]
    for number, content in _fields(data):
        if message == "tensor" and number == _EXTERNAL_DATA:
            return True
        if number in paths and _has_external(content, paths[number], depth + 1):
            return True
    return False


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Number and content of the fields that have a length; others are stepped over."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        kind = tag & 7
        if kind == _VARINT:
            _, position = _varint(data, position)
        elif kind == _FIXED64:
            position += 8
        elif kind == _FIXED32:
            position += 4
        elif kind == _LENGTH:
            length, position = _varint(data, position)
            if position + length > len(data):
                raise ValueError("truncated")
            yield tag >> 3, data[position : position + length]
            position += length
        else:
            raise ValueError("unknown wire type")


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ValueError("number too long")
