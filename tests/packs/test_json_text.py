from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.errors import PackError
from edge_tts.packs.json_text import MAX_JSON_BYTES, parse_json


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON at line 1"),
        (b'{"a": 1, "a": 2}', "'a' occurs twice"),
        (b"NaN", "NaN is not a JSON number"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b"1e999", "out of range"),
        (b"9" * 100_000, "100000 digits"),
        (b'"\xff"', "byte 0xff at offset 1"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b" " * (MAX_JSON_BYTES + 1), "expected at most"),
        (b"{} {}", "Extra data"),
        (b"[1,]", "not valid JSON"),
        (b"\x00\x00", "not valid JSON"),
    ],
)
def test_refuses(data: bytes, message: str) -> None:
    with pytest.raises(PackError) as caught:
        parse_json(data, "pack.json")
    assert message in str(caught.value)
    assert str(caught.value).startswith("pack.json: ")
    assert "\n" not in str(caught.value)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**17), 10**17)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_reads_what_json_writes(value: object) -> None:
    assert parse_json(json.dumps(value).encode(), "x") == value


@given(st.binary(max_size=40))
def test_any_bytes_are_json_or_an_error(data: bytes) -> None:
    try:
        parse_json(data, "x")
    except PackError:
        return
    json.loads(data.decode())
