from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from edge_tts.errors import PackError
from edge_tts.packs.tensor_file import DTYPES, TensorFile
from edge_tts.packs.tensor_writer import ALIGNMENT, encode_tensors

CODES = sorted({code for name, code in DTYPES.items() if name != "BF16"})
ARRAYS = st.sampled_from(CODES).flatmap(
    lambda code: hnp.arrays(
        np.dtype(code), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)
    )
)


def _read(data: bytes) -> TensorFile:
    return TensorFile(memoryview(data), "weights.safetensors")


def _file(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def _tensor(dtype: str, shape: list[Any], start: int, stop: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=6), ARRAYS, max_size=4))
def test_round_trip(arrays: dict[str, NDArray[Any]]) -> None:
    arrays.pop("__metadata__", None)
    data = encode_tensors(arrays, {"who": "me"})
    assert encode_tensors(dict(reversed(arrays.items())), {"who": "me"}) == data
    file = _read(data)
    assert file.metadata == {"who": "me"}
    assert set(file) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(file[name], array)
        assert file[name].dtype == array.dtype
        assert not file[name].flags.writeable


def test_data_start_on_a_cache_line_and_are_not_copied() -> None:
    data = encode_tensors({"b": np.arange(3, dtype=np.int8), "a": np.ones((2, 2))})
    file = _read(data)
    assert len(data) - 4 * 8 - 3 == len(data) // ALIGNMENT * ALIGNMENT
    base = np.frombuffer(data, np.uint8).ctypes.data
    assert base <= file["a"].ctypes.data < base + len(data)
    assert list(file) == ["a", "b"]


def test_bfloat16_comes_as_its_bits() -> None:
    file = _read(_file({"x": _tensor("BF16", [2], 0, 4)}, b"\x80\x3f\x00\x40"))
    assert file["x"].tolist() == [0x3F80, 0x4000]
    assert file.dtype_name("x") == "BF16"


def test_odd_offset_is_read_all_the_same() -> None:
    header = {"a": _tensor("U8", [1], 0, 1), "b": _tensor("F32", [1], 1, 5)}
    file = _read(_file(header, b"\x07" + struct.pack("<f", 2.5)))
    assert file["b"][0] == 2.5
    assert file["b"].flags.aligned


def test_object_arrays_cannot_be_written() -> None:
    with pytest.raises(PackError, match="tensor 'x'"):
        encode_tensors({"x": np.array([None])})


def test_missing_tensor_is_named() -> None:
    with pytest.raises(PackError, match="no tensor 'w'"):
        _read(_file({}))["w"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "too short"),
        (b"\xff" * 8, "header of"),
        (struct.pack("<Q", 100) + b"{}", "header of 100 bytes in a file of 10"),
        (struct.pack("<Q", 2**63), "header of"),
        (_file(b"[]"), "expected an object"),
        (_file(b"{\xff}"), "UTF-8"),
        (_file({"x": _tensor("F32", [2], 0, 4)}, bytes(4)), "4 bytes, expected 8"),
        (_file({"x": _tensor("F32", [1], 0, 4)}), "end at byte 4 of 0"),
        (_file({"x": _tensor("F32", [1], 0, 4)}, bytes(5)), "end at byte 4 of 5"),
        (_file({"x": _tensor("F32", [1], 4, 8)}, bytes(8)), "skips bytes"),
        (_file({"x": _tensor("F32", [1], 4, 0)}, bytes(4)), "-4 bytes"),
        (_file({"x": _tensor("F32", [-1], 0, 4)}, bytes(4)), "shape"),
        (_file({"x": _tensor("F32", [1 << 50, 0], 0, 0)}), "shape"),
        (_file({"x": _tensor("F31", [1], 0, 4)}, bytes(4)), "dtype"),
        (_file({"x": _tensor("F32", ["1"], 0, 4)}, bytes(4)), "whole number"),
        (_file({"x": _tensor("F32", [1], 0, 4) | {"y": 1}}, bytes(4)), "unknown key"),
        (_file({"x": {"dtype": "F32", "shape": [1]}}, bytes(4)), "data_offsets"),
        (_file({"__metadata__": {"a": 1}}), "__metadata__.a"),
        (
            _file(
                {"x": _tensor("U8", [4], 0, 4), "y": _tensor("U8", [4], 2, 6)}, bytes(6)
            ),
            "overlaps",
        ),
        (
            _file(
                b'{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{}}', b"1"
            ),
            "occurs twice",
        ),
    ],
)
def test_refuses(data: bytes, message: str) -> None:
    with pytest.raises(PackError) as caught:
        _read(data)
    assert message in str(caught.value)
    assert "weights.safetensors" in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=100)
@given(st.data())
def test_damage_is_never_a_crash(data: st.DataObject) -> None:
    good = bytearray(encode_tensors({"a": np.ones(3, np.float32), "b": np.zeros(2)}))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(good)))
    try:
        file = _read(bytes(good[:cut]))
    except PackError:
        return
    for name in file:
        assert file[name].size <= len(good)
