"""A finished file gets its name, also on another disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from edge_tts.errors import SinkError
from edge_tts.narrate.move_file import move_file


@pytest.fixture
def two_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renaming works within a folder only."""
    rename = os.replace

    def replace(source: Path, target: Path) -> None:
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(source, target)

    monkeypatch.setattr(os, "replace", replace)


def _files(tmp_path: Path) -> tuple[Path, Path]:
    source, target = tmp_path / "a" / "x.wav", tmp_path / "b" / "y.wav"
    for path in (source, target):
        path.parent.mkdir()
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    return source, target


@pytest.mark.usefixtures("two_disks")
def test_to_another_disk(tmp_path: Path) -> None:
    source, target = _files(tmp_path)
    move_file(source, target)
    assert target.read_bytes() == b"new" and not source.exists()
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.usefixtures("two_disks")
def test_a_full_disk_leaves_both_files_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = _files(tmp_path)

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SinkError, match=f"{target}: No space left"):
        move_file(source, target)
    assert source.read_bytes() == b"new" and target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    source, _ = _files(tmp_path)
    with pytest.raises(SinkError, match="it is a folder"):
        move_file(source, tmp_path / "b")
