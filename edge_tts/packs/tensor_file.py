"""Reads safetensors: named arrays in one file, without copying and without pickle."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from math import prod
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import PackError
from edge_tts.packs.json_fields import (
    Fields,
    choice,
    integer,
    list_of,
    table_of,
    text,
)
from edge_tts.packs.json_text import MAX_JSON_BYTES, parse_json

DTYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "F64": "<f8",
        "F32": "<f4",
        "F16": "<f2",
        "BF16": "<u2",
        "I64": "<i8",
        "I32": "<i4",
        "I16": "<i2",
        "I8": "|i1",
        "U64": "<u8",
        "U32": "<u4",
        "U16": "<u2",
        "U8": "|u1",
        "BOOL": "|b1",
    }
)
"""Safetensors name -> numpy dtype; numpy lacks bfloat16, whose bits come as uint16."""
_METADATA_KEY: Final = "__metadata__"
_HEADER_LENGTH: Final = struct.Struct("<Q")
_MAX_BYTES: Final = 1 << 40
_METADATA = table_of(r"^[\s\S]*$", text(max_length=1 << 20))


class _Entry(NamedTuple):
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


class TensorFile(Mapping[str, NDArray[Any]]):
    """The arrays of one safetensors file, read-only views of the bytes given.

    An array whose offset its dtype cannot be read from is copied; ours never are.

    Args:
        data: The whole file.
        where: Its name, for messages.

    Raises:
        PackError: Header, types, shapes and offsets do not describe these bytes.
    """

    def __init__(self, data: memoryview, where: str) -> None:
        self._where = where
        if len(data) < _HEADER_LENGTH.size:
            raise PackError(f"{where}: {len(data)} bytes, too short for safetensors")
        (length,) = _HEADER_LENGTH.unpack_from(data)
        start = _HEADER_LENGTH.size + length
        if length > MAX_JSON_BYTES or start > len(data):
            raise PackError(
                f"{where}: header of {length} bytes in a file of {len(data)}; "
                "damaged, or no safetensors file"
            )
        header = parse_json(bytes(data[_HEADER_LENGTH.size : start]), where)
        if not isinstance(header, dict):
            raise PackError(f"{where}: expected an object as header")
        metadata = header.pop(_METADATA_KEY, {})
        self._metadata = _METADATA(metadata, f"{where}: {_METADATA_KEY}")
        self._data = data[start:].toreadonly()
        self._entries = {
            name: _parse_entry(value, f"{where}: {name[:80]}")
            for name, value in header.items()
        }
        self._check_coverage()

    @property
    def metadata(self) -> Mapping[str, str]:
        """Free strings of the header."""
        return self._metadata

    def dtype_name(self, name: str) -> str:
        """Safetensors name of the type, which tells BF16 from U16."""
        return self._entry(name).dtype

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The array; a missing one raises PackError and names it."""
        entry = self._entry(name)
        dtype = np.dtype(DTYPES[entry.dtype])
        array = np.frombuffer(self._data[entry.start : entry.stop], dtype)
        array = array.reshape(entry.shape)
        if not array.flags.aligned:
            array = array.copy()
            array.flags.writeable = False
        return array

    def __contains__(self, name: object) -> bool:
        """Whether there is an array of that name."""
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        """Names in the order of the header."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Number of arrays."""
        return len(self._entries)

    def _entry(self, name: str) -> _Entry:
        try:
            return self._entries[name]
        except KeyError:
            raise PackError(f"{self._where}: no tensor {name!r}") from None

    def _check_coverage(self) -> None:
        position = 0
        ordered = sorted(self._entries.items(), key=lambda item: item[1].start)
        for name, entry in ordered:
            if entry.start != position:
                problem = (
                    "overlaps another" if entry.start < position else "skips bytes"
                )
                raise PackError(
                    f"{self._where}: tensor {name[:80]!r} {problem} at {entry.start}"
                )
            position = entry.stop
        if position != len(self._data):
            raise PackError(
                f"{self._where}: tensors end at byte {position} of {len(self._data)}; "
                "the file is truncated or has bytes appended"
            )


def _parse_entry(value: object, where: str) -> _Entry:
    fields = Fields(value, where)
    dtype = fields.required("dtype", choice(*DTYPES))
    shape = fields.required("shape", list_of(integer(0, _MAX_BYTES), 0, 8))
    offsets = fields.required("data_offsets", list_of(integer(0, _MAX_BYTES), 2, 2))
    fields.close()
    start, stop = offsets
    expected = prod(shape) * np.dtype(DTYPES[dtype]).itemsize
    if stop - start != expected:
        raise PackError(
            f"{where}: {stop - start} bytes, expected {expected} for {dtype} of shape "
            f"{list(shape)}"
        )
    return _Entry(dtype, shape, start, stop)
