"""Sound packs open; damaged and hostile ones are refused in one line that says what."""

from __future__ import annotations

import json
import os
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_tts.errors import PackError
from edge_tts.packs import Pack
from edge_tts.packs.pack_writer import write_zip
from tests.packs.example_pack import (
    example_files,
    example_manifest,
    refusal,
    write_example,
)


@pytest.fixture(params=["directory", "stored", "deflated"])
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = write_example(tmp_path / "tiny")
    if request.param == "directory":
        return folder
    target = tmp_path / "tiny.zip"
    if request.param == "stored":
        write_zip(folder, target)
    else:
        _deflate(folder, target)
    return target


def _deflate(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder).as_posix())


def test_reads_every_file(example: Path) -> None:
    with Pack.open(example) as pack:
        assert pack.manifest.id == "tiny"
        assert pack.verify() == sum(map(len, example_files().values()))
        for name, data in example_files().items():
            assert pack.read_bytes(name) == data
            assert pack.view(name).readonly


def test_constants(example: Path) -> None:
    with Pack.open(example) as pack:
        np.testing.assert_array_equal(pack.constant("mel_mean"), [-5.0, -6.5])
        assert pack.constant("duration_scale").shape == ()
        noise = pack.constant("noise")
    # Arrays outlive the pack they came from.
    np.testing.assert_array_equal(noise, np.arange(6).reshape(2, 3))


def test_unknown_names(example: Path) -> None:
    with Pack.open(example) as pack:
        for call, message in [
            (lambda: pack.view("../pack.json"), "no file"),
            (lambda: pack.constant("nix"), "no constant 'nix'"),
            (lambda: pack.manifest.stage("nix"), "it has decoder, synthesis"),
            (lambda: pack.manifest.speaker("nix"), "it has ann, bob"),
            (lambda: pack.tensors("LICENSE.txt"), "LICENSE.txt"),
        ]:
            with pytest.raises(PackError, match=message):
                call()


def test_path_of_a_file(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "tiny")
    with Pack.open(folder) as pack:
        assert pack.path("LICENSE.txt") == folder / "LICENSE.txt"
    write_zip(folder, tmp_path / "tiny.zip")
    with (
        Pack.open(tmp_path / "tiny.zip") as pack,
        pytest.raises(PackError, match="unpack it"),
    ):
        pack.path("LICENSE.txt")


def test_manifest_file_names_its_pack(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "tiny")
    assert Pack.open(folder / "pack.json").location == folder


def test_threads_may_share_a_pack(example: Path) -> None:
    with Pack.open(example) as pack:
        found: list[bytes] = []
        threads = [
            threading.Thread(
                target=lambda: found.extend(map(pack.read_bytes, example_files()))
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == sorted([*example_files().values()] * 4)


@pytest.mark.parametrize("name", sorted(example_files()))
def test_damaged_file(tmp_path: Path, name: str) -> None:
    folder = write_example(tmp_path / "tiny")
    path = folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    message = refusal(folder)
    assert name in message
    assert "sha256" in message
    # Untouched files can still be used: they are checked one by one.
    with Pack.open(folder) as pack:
        for other in example_files().keys() - {name}:
            pack.view(other)


def test_truncated_longer_missing_extra(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "tiny")
    path = folder / "stages/decoder.onnx"
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert "stages/decoder.onnx has" in refusal(folder, verify=False)
    path.write_bytes(data + b"x")
    assert "stages/decoder.onnx has" in refusal(folder, verify=False)
    path.unlink()
    assert "stages/decoder.onnx is missing" in refusal(folder, verify=False)
    path.write_bytes(data)
    (folder / "stages/extra.bin").write_bytes(b"")
    assert "stages/extra.bin is not listed" in refusal(folder, verify=False)


def test_file_that_shrinks_after_opening(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "tiny")
    with Pack.open(folder) as pack:
        (folder / "LICENSE.txt").write_bytes(b"")
        with pytest.raises(PackError, match=r"LICENSE\.txt"):
            pack.view("LICENSE.txt")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "update edge_tts"),
        ({"format": 0}, "build the pack again"),
        ({"format": "1"}, "format"),
        ({"default_speaker": "eve"}, "no speaker 'eve'"),
        ({"surprise": 1}, "surprise: unknown key"),
        ({"description": "\x1b[2J"}, "does not match"),
        ({"files": {}}, "is not listed under files"),
        ({"streaming": {"mode": "exact", "first_frames": 99}}, "first_frames"),
        ({"constants": {"m": [[1, 2], [3]]}}, "rows of different lengths"),
        ({"constants": {"m": [[0.0] * 200] * 200}}, "40000 numbers"),
        ({"constants": {"m": {"file": "nix", "tensor": "x"}}}, "file 'nix'"),
    ],
)
def test_bad_manifest(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    folder = write_example(tmp_path / "tiny", example_manifest() | change)
    assert message in refusal(folder, verify=False)


def _stage_changes() -> list[tuple[dict[str, Any], str]]:
    x = {"name": "x", "dtype": "float32", "shape": ["T", 4]}
    variant = {"backend": "ort", "precision": "fp32", "files": {}}
    state = {"name": "s", "shape": [2], "dtype": "float32"}
    return [
        ({"variants": []}, "at least one variant"),
        ({"kind": "host", "op": "istft"}, "expected no variant"),
        ({"op": "istft"}, "'op'"),
        ({"kind": "ar"}, "the block ar"),
        ({"ode": {"solver": "euler", "steps": 1}}, "the block (none)"),
        ({"inputs": [x, x]}, "'x' occurs twice"),
        ({"outputs": [x]}, "'x' occurs twice"),
        ({"outputs": [{**x, "name": "y", "shape": ["N"]}]}, "no input has N"),
        ({"variants": [variant]}, "expected graph for backend ort"),
        (
            {"variants": [{**variant, "backend": "native"}]},
            "expected spec and tensors",
        ),
        ({"states": [{**state, "update": "append"}]}, "max_length"),
        ({"states": [{**state, "shape": [0]}]}, "size 0"),
        ({"states": [{**state, "axis": 1}]}, "no axis 1"),
        ({"states": [{**state, "init": "constant"}]}, "no constant"),
        ({"states": [state, {**state, "name": "s_next"}]}, "'s_next' occurs twice"),
    ]


@pytest.mark.parametrize(("change", "message"), _stage_changes())
def test_bad_stage(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    manifest = example_manifest()
    manifest["stages"][0].update(change)
    said = refusal(write_example(tmp_path / "tiny", manifest), verify=False)
    assert message in said
    assert "stages[0]" in said


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        "a/../b",
        "a//b",
        ".hidden",
        "a\\b",
        "C:x",
        "a\nb",
        "é",
        "",
    ],
)
def test_file_names_cannot_leave_the_pack(tmp_path: Path, name: str) -> None:
    manifest = example_manifest()
    manifest["files"][name] = {"sha256": "0" * 64, "size": 0}
    assert "pattern" in refusal(write_example(tmp_path / "t", manifest), verify=False)


@pytest.mark.parametrize("name", ["license.TXT", "stages", "Pack.JSON", "pack.json"])
def test_file_names_cannot_collide(tmp_path: Path, name: str) -> None:
    manifest = example_manifest()
    manifest["files"][name] = {"sha256": "0" * 64, "size": 0}
    said = refusal(write_example(tmp_path / "t", manifest), verify=False)
    assert "twice" in said or "both" in said or "itself" in said


def test_links(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "tiny")
    licence = folder / "LICENSE.txt"
    inside = folder / "stages/decoder.onnx"
    outside = tmp_path / "secret.txt"
    outside.write_bytes(licence.read_bytes())
    licence.unlink()
    licence.symlink_to(outside)
    assert "links out of the pack" in refusal(folder)
    licence.unlink()
    licence.symlink_to(tmp_path / "nowhere")
    assert "LICENSE.txt" in refusal(folder)
    licence.unlink()
    licence.symlink_to(licence)
    assert "LICENSE.txt" in refusal(folder)
    licence.unlink()
    os.mkfifo(licence)
    assert "regular file" in refusal(folder)
    licence.unlink()
    # A link that stays inside is only another name.
    manifest = example_manifest()
    manifest["files"]["LICENSE.txt"] = manifest["files"]["stages/decoder.onnx"]
    (folder / "pack.json").write_text(json.dumps(manifest))
    licence.symlink_to(inside)
    with Pack.open(folder) as pack:
        pack.verify()
    # The pack as a whole may be reached by a link.
    (tmp_path / "alias").symlink_to(folder)
    with Pack.open(tmp_path / "alias") as pack:
        pack.verify()


def test_linked_folder(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "tiny")
    (folder / "stages").rename(tmp_path / "moved")
    (folder / "stages").symlink_to(tmp_path / "moved")
    assert "links out of the pack" in refusal(folder)


def test_not_a_pack(tmp_path: Path) -> None:
    assert "expected a pack directory" in refusal(tmp_path / "nowhere")
    assert "no pack.json" in refusal(tmp_path)
    (tmp_path / "x.zip").write_bytes(b"PK nonsense")
    assert "not a readable zip" in refusal(tmp_path / "x.zip")
    (tmp_path / "pack.json").write_bytes(b"\xff")
    assert "UTF-8" in refusal(tmp_path)
    (tmp_path / "pack.json").write_bytes(b"[]")
    assert "expected an object" in refusal(tmp_path)


def test_crowded_directory(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "tiny")
    for index in range(4100):
        (folder / f"f{index}").touch()
    assert "more than 4096 entries" in refusal(folder)
