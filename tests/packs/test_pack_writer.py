"""The writer: all or nothing, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.errors import PackError
from edge_tts.packs import Pack, PackWriter
from tests.packs.example_pack import (
    example_files,
    example_manifest,
    write_example,
)


def test_writer(tmp_path: Path) -> None:
    manifest = example_manifest()
    del manifest["files"], manifest["format"]
    for name in ("a", "a.zip", "b.zip"):
        with PackWriter(tmp_path / name) as writer:
            for file, data in example_files().items():
                writer.add_bytes(file, data)
            assert not (tmp_path / name).exists()
            writer.finish(manifest)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with Pack.open(tmp_path / "a") as first, Pack.open(tmp_path / "a.zip") as second:
        assert first.manifest == second.manifest
        assert first.manifest_bytes == second.manifest_bytes
        assert first.verify() == second.verify()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.zip", "b.zip"]


def test_writer_leaves_nothing_behind(tmp_path: Path) -> None:
    manifest = example_manifest()
    del manifest["files"]
    with (
        pytest.raises(PackError, match="not listed under files"),
        PackWriter(tmp_path / "a") as writer,
    ):
        writer.finish(manifest)
    with pytest.raises(ZeroDivisionError), PackWriter(tmp_path / "a") as writer:
        writer.add_bytes("LICENSE.txt", b"x")
        raise ZeroDivisionError
    with PackWriter(tmp_path / "a") as writer:
        writer.add_bytes("LICENSE.txt", b"x")
        with pytest.raises(PackError, match="added twice"):
            writer.add_bytes("LICENSE.txt", b"y")
        with pytest.raises(PackError, match="pattern"):
            writer.add_bytes("../LICENSE.txt", b"y")
        with pytest.raises(PackError, match="cannot be read"):
            writer.add_file("x", tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_writer_replaces_only_when_asked(tmp_path: Path) -> None:
    manifest = example_manifest()
    del manifest["files"]
    target = write_example(tmp_path / "a")
    with pytest.raises(PackError, match="exists already"):
        PackWriter(target)
    manifest["version"] = "0.2.0"
    with PackWriter(target, replace=True) as writer:
        for file, data in example_files().items():
            writer.add_bytes(file, data)
        writer.finish(manifest)
    assert Pack.open(target).manifest.version == "0.2.0"
    assert list(tmp_path.iterdir()) == [target]


def test_writer_reports_an_unwritable_target(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PackError, match="file"):
        PackWriter(tmp_path / "file" / "pack")
