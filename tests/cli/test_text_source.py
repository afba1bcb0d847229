from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.cli.text_source import TextSource
from edge_tts.errors import TextError


def from_file(path: Path, content: bytes) -> TextSource:
    path.write_bytes(content)
    return TextSource(os.open(path, os.O_RDONLY), "book.txt")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read_fd, write_fd = os.pipe()
    yield read_fd, write_fd
    for fd in (read_fd, write_fd):
        try:
            os.close(fd)
        except OSError:
            continue


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=300))
def test_a_file_comes_back_whole(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("text") / "a.txt"
    pieces = list(from_file(path, text.encode()))
    assert "".join(pieces) == text.removeprefix("\ufeff")


def test_characters_across_two_reads_survive(tmp_path: Path) -> None:
    text = "x" + "€" * 60_000
    assert "".join(from_file(tmp_path / "a", text.encode())) == text


def test_large_files_come_in_small_pieces(tmp_path: Path) -> None:
    pieces = list(from_file(tmp_path / "a", b"word " * 200_000))
    assert max(map(len, pieces)) <= 65_536
    assert sum(map(len, pieces)) == 1_000_000


@pytest.mark.parametrize(
    "content, message",
    [
        (b"caf\xe9 au lait", "book.txt is not UTF-8: byte 0xe9 at offset 3"),
        (b"\xef\xbb\xbfab\xff", "byte 0xff at offset 5"),
        (b"a" * 70_000 + b"\xff", "byte 0xff at offset 70000"),
        (b"a" * 65_535 + b"\xe2\x28", "byte 0xe2 at offset 65535"),
        (b"cut off \xe2\x82", "byte 0xe2 at offset 8"),
        ("hi".encode("utf-16"), "byte 0xff at offset 0"),
    ],
)
def test_other_encodings_are_located(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(TextError, match=message):
        list(from_file(tmp_path / "a", content))


def test_lines_are_asked_for_as_they_arrive(pipe: tuple[int, int]) -> None:
    read_fd, write_fd = pipe
    source = TextSource(read_fd, "standard input")
    waits: list[None] = []
    source.on_wait = lambda: waits.append(None)
    pieces = iter(source)
    os.write(write_fd, b"one\n")
    assert next(pieces) == "one\n"
    # Nothing more for now: an empty piece asks for what is complete, then it waits.
    assert next(pieces) == ""
    assert waits == []
    threading.Timer(0.05, os.write, (write_fd, b"two")).start()
    assert next(pieces) == "two"
    assert len(waits) == 1
    assert source.waited_seconds > 0.03
    # A line that is not complete is not asked for.
    threading.Timer(0.05, os.close, (write_fd,)).start()
    assert list(pieces) == []
    assert len(waits) == 2


def test_folder_is_one_line(tmp_path: Path) -> None:
    source = TextSource(os.open(tmp_path, os.O_RDONLY), "folder")
    with pytest.raises(TextError, match="cannot read folder: Is a directory"):
        list(source)
