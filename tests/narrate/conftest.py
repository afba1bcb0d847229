from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_tts.narrate import Block, Book, ReadOptions, open_book

OpenBytes = Callable[..., Book]


@pytest.fixture
def open_bytes(tmp_path: Path) -> OpenBytes:
    """Write a file and open it as a book."""

    def run(data: bytes | str, suffix: str, **options: object) -> Book:
        path = tmp_path / f"book{suffix}"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return open_book(path, ReadOptions(**options))  # type: ignore[arg-type]

    return run


def blocks_of(book: Book) -> list[Block]:
    return [block for handle in book.chapters for block in handle.load().blocks]


def texts_of(book: Book) -> list[str]:
    return [block.text for block in blocks_of(book)]
