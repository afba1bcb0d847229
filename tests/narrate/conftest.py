"""Books to narrate, and the command that narrates them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_tts.errors import PackError
from edge_tts.narrate import Block, Book, ReadOptions, open_book
from edge_tts.narrate.job import Job
from edge_tts.narrate.narration import NarrationResult, narrate
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.packs.voice_library import VoiceLibrary

TEXT = """\
CHAPTER I

The sun rose over the harbour. Twenty ships lay at anchor. "Come in," said Anna.

Nothing happened at all.


CHAPTER II

Then came the night. Yes. No. Yes. He said nothing, and she said less.
"""


@pytest.fixture(scope="session")
def speaks() -> None:
    """Skip where the embedded voice is missing."""
    try:
        VoiceLibrary().resolve("kathleen")
    except PackError as error:
        pytest.skip(f"the default voice is not here: {error}")


@pytest.fixture
def book_file(tmp_path: Path) -> Path:
    """A text of two chapters."""
    path = tmp_path / "book.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def book(book_file: Path) -> Book:
    """The same, read."""
    return open_book(book_file)


Narrate = Callable[..., NarrationResult]
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


@pytest.fixture
def narrated(speaks: None, book_file: Path, tmp_path: Path) -> Narrate:
    """Narrate the book file as it is now, to WAV in ``tmp_path / "out"``."""

    def run(**options: object) -> NarrationResult:
        settings: dict[str, object] = {
            "output": tmp_path / "out", "formats": ("wav",), "jobs": 1, "nice": 0,
            **options,
        }  # fmt: skip
        return narrate(open_book(book_file), NarrationOptions(**settings))  # type: ignore[arg-type]

    return run


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """An empty job."""
    with Job(tmp_path / "job") as opened:
        opened.begin()
        yield opened


def digests(folder: Path) -> dict[str, str]:
    """Content of every file of a folder, hidden ones left out."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    }


def command(book: Path, output: Path, *more: object) -> list[str]:
    """The command line of a narration."""
    return [
        *(sys.executable, "-m", "edge_tts", "narrate", str(book), "-o", str(output)),
        *("--format", "wav", "--jobs", "1", "--nice", "0", "--debug"),
        *map(str, more),
    ]


def run_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``command`` to its end."""
    return subprocess.run(
        command(*arguments),  # type: ignore[arg-type]
        capture_output=True,
        text=True,
        timeout=240,
    )
