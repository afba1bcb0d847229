"""Packs in one zip: hostile members, bombs, damage."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

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


def _zip(path: Path, members: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def _members(manifest: dict[str, Any] | None = None) -> list[tuple[Any, bytes]]:
    text = json.dumps(manifest or example_manifest()).encode()
    return [("pack.json", text), *example_files().items()]


def _without_name(path: Path, data: bytes) -> Path:
    """Take the name "?" from its entry in the directory of an archive."""
    entry = data.rindex(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    assert data[entry + 46 : end] == b"?"
    changed = bytearray(data[: entry + 46] + data[end:])
    struct.pack_into("<H", changed, entry + 28, 0)
    size, _ = struct.unpack_from("<II", data, end + 12)
    struct.pack_into("<I", changed, end - 1 + 12, size - 1)
    path.write_bytes(changed)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_zip_members(tmp_path: Path) -> None:
    target = tmp_path / "x.zip"
    link = zipfile.ZipInfo("LICENSE.txt")
    link.external_attr = 0o120777 << 16
    others = [item for item in _members() if item[0] != "LICENSE.txt"]
    assert "link" in refusal(_zip(target, [*others, (link, b"/etc/passwd")]))
    for name in ("../evil", "/etc/evil", "a\\b", "stages/../../evil"):
        assert "is not listed" in refusal(_zip(target, [*_members(), (name, b"")]))
    for name in ("LICENSE.txt", "license.TXT"):
        again = [*_members(), (name, b"other")]
        assert "occurs twice" in refusal(_zip(target, again))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
        for member, data in _members():
            archive.writestr(member, data)
    assert "neither stored nor deflated" in refusal(target)
    many = [(f"f{index}", b"") for index in range(5000)]
    assert "5000 members" in refusal(_zip(target, many))
    # zipfile cannot write a member without a name: the names are cut out after it.
    nameless = _zip(target, [*_members(), ("?", b"")]).read_bytes()
    assert "has no name" in refusal(_without_name(target, nameless))


def test_zip_with_folder_entries(tmp_path: Path) -> None:
    folder = zipfile.ZipInfo("stages/")
    with Pack.open(_zip(tmp_path / "x.zip", [(folder, b""), *_members()])) as pack:
        pack.verify()


def test_zip_bombs(tmp_path: Path) -> None:
    target = tmp_path / "x.zip"
    assert "zip bomb" in refusal(_zip(target, [("bomb", bytes(4 << 20))]))
    # Two entries of the directory that share one member's bytes.
    _zip(target, [("a", os.urandom(500)), ("b", os.urandom(500))])
    with zipfile.ZipFile(target, "a") as archive:
        archive.filelist[1].header_offset = archive.filelist[0].header_offset
        for copy in range(40):
            entry = zipfile.ZipInfo(f"c{copy}")
            entry.file_size = entry.compress_size = 500
            entry.header_offset = entry.CRC = 0
            archive.filelist.append(entry)
            archive.NameToInfo[entry.filename] = entry
        archive._didModify = True  # type: ignore[attr-defined]
    assert "zip bomb" in refusal(target)


def test_zip_that_lies_about_sizes(tmp_path: Path) -> None:
    target = _zip(tmp_path / "x.zip", _members())
    data = bytearray(target.read_bytes())
    good = bytes(data)
    size = len(example_files()["stages/decoder.onnx"])
    for claimed in (size - 1, size + 1, 0, 2**31):
        data[:] = good
        start = data.rindex(b"stages/decoder.onnx") - 46
        assert data[start : start + 4] == b"PK\x01\x02"
        struct.pack_into("<I", data, start + 24, claimed)
        target.write_bytes(data)
        assert "stages/decoder.onnx" in refusal(target)


def test_encrypted_zip(tmp_path: Path) -> None:
    target = _zip(tmp_path / "x.zip", _members())
    data = bytearray(target.read_bytes())
    start = data.index(b"PK\x01\x02")
    data[start + 8] |= 1
    target.write_bytes(data)
    assert "encrypted" in refusal(target)


def test_every_truncation_and_bit_flip_of_a_zip_is_refused_or_harmless(
    tmp_path: Path,
) -> None:
    target = tmp_path / "x.zip"
    folder = write_example(tmp_path / "tiny")
    write_zip(folder, target)
    good = target.read_bytes()
    expected = example_files()
    for position in range(0, len(good), 97):
        for data in (
            good[:position],
            good[:position] + bytes([good[position] ^ 0x55]) + good[position + 1 :],
        ):
            target.write_bytes(data)
            try:
                with Pack.open(target) as pack:
                    pack.verify()
                    read = {name: pack.read_bytes(name) for name in expected}
            except PackError as error:
                assert "\n" not in str(error)
                continue
            assert read == expected
