from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge_tts.errors import PackError
from edge_tts.packs import Pack, PackInstaller, VoiceLibrary
from edge_tts.packs.pack_writer import write_zip
from edge_tts.packs.voice_folder import VoiceFolder, search_path
from tests.packs.example_pack import example_manifest, write_example


def _write(folder: Path, pack_id: str, speakers: list[str]) -> Path:
    manifest = example_manifest()
    manifest["id"] = pack_id
    manifest["speakers"] = [
        {"id": name, "index": index, "name": name, "language": "en"}
        for index, name in enumerate(speakers)
    ]
    manifest["default_speaker"] = speakers[0]
    return write_example(folder, manifest)


@pytest.fixture
def library(tmp_path: Path) -> VoiceLibrary:
    _write(tmp_path / "user/one", "one", ["ann", "bob"])
    _write(tmp_path / "system/two", "two", ["bob", "one", "kathleen"])
    _write(tmp_path / "system/again", "one", ["zoe"])
    (tmp_path / "system/broken").mkdir()
    (tmp_path / "system/broken/pack.json").write_text("{")
    (tmp_path / "system/.unfinished").mkdir()
    (tmp_path / "system/.unfinished/pack.json").write_text("{")
    return VoiceLibrary(
        [
            VoiceFolder(tmp_path / "nowhere", "environment"),
            VoiceFolder(tmp_path / "user", "user"),
            VoiceFolder(tmp_path / "system", "system"),
        ]
    )


def test_entries(library: VoiceLibrary) -> None:
    found = [
        (entry.path.name, entry.origin, entry.manifest is None, entry.shadowed)
        for entry in library.entries()
    ]
    assert found == [
        ("one", "user", False, False),
        ("again", "system", False, True),
        ("broken", "system", True, False),
        ("two", "system", False, False),
    ]
    broken = next(entry for entry in library.entries() if entry.manifest is None)
    assert broken.problem is not None
    assert "not valid JSON" in broken.problem


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ann", "one/ann"),
        ("bob", "one/bob"),
        ("two/bob", "two/bob"),
        ("TWO/Bob", "two/bob"),
        ("two", "two/bob"),
        ("one", "one/ann"),
        ("two/one", "two/one"),
        ("kathleen", "two/kathleen"),
    ],
)
def test_resolve(library: VoiceLibrary, name: str, expected: str) -> None:
    assert library.resolve(name).name == expected


def test_resolve_by_path(library: VoiceLibrary, tmp_path: Path) -> None:
    folder = _write(tmp_path / "elsewhere", "three", ["eve", "ada"])
    write_zip(folder, tmp_path / "three.zip")
    assert library.resolve(str(folder)).name == "three/eve"
    assert library.resolve(f"{folder}/ada").name == "three/ada"
    assert library.resolve(f"{folder}/pack.json").name == "three/eve"
    assert library.resolve(str(tmp_path / "three.zip")).name == "three/eve"
    assert library.resolve(str(tmp_path / "three.zip/ada")).name == "three/ada"
    with library.resolve(str(folder)).open() as pack:
        assert pack.manifest.id == "three"
    assert library.find_pack(str(folder)).origin == "path"
    assert library.find_pack("kathleen").path.name == "two"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("kathlen", "did you mean kathleen?"),
        ("two/kathlen", "it has bob, one, kathleen"),
        ("tow", "did you mean two?"),
        ("xyzzy", "voices here: one/ann, one/bob, two/bob"),
        ("a/b/c", "no voice 'a/b/c'"),
        ("", "no voice named"),
        ("xyzzy", "broken"),
    ],
)
def test_unknown_voice(library: VoiceLibrary, name: str, message: str) -> None:
    with pytest.raises(PackError) as caught:
        library.resolve(name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_voice_at_all() -> None:
    with pytest.raises(PackError, match="no voice is installed"):
        VoiceLibrary([]).resolve("ann")


def test_search_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_TTS_VOICES", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folders = search_path()
    origins = ["environment"] * 2 + ["user", "system", "system", "embedded"]
    assert [folder.origin for folder in folders] == origins
    assert folders[2].path == tmp_path / "data/edge_tts/voices"
    # A folder of the variable may be a pack itself.
    _write(tmp_path / "b", "mine", ["me"])
    assert VoiceLibrary().resolve("me").name == "mine/me"


def test_add_and_remove(tmp_path: Path) -> None:
    source = _write(tmp_path / "source", "mine", ["me"])
    write_zip(source, tmp_path / "mine.zip")
    folder = tmp_path / "user"
    installer = PackInstaller(folder)
    assert installer.add(source) == folder / "mine"
    with pytest.raises(PackError, match="installed already"):
        installer.add(tmp_path / "mine.zip")
    assert installer.add(tmp_path / "mine.zip", replace=True) == folder / "mine"
    with Pack.open(folder / "mine") as pack:
        pack.verify()
    assert [path.name for path in folder.iterdir()] == ["mine"]
    assert installer.remove("mine") == folder / "mine"
    assert list(folder.iterdir()) == []
    with pytest.raises(PackError, match="no pack 'mine'"):
        installer.remove("mine")


def test_add_refuses_damage_and_leaves_nothing(tmp_path: Path) -> None:
    source = write_example(tmp_path / "source")
    (source / "LICENSE.txt").write_bytes(b"Do as you hate.\n")
    with pytest.raises(PackError, match="sha256"):
        PackInstaller(tmp_path / "user").add(source)
    assert not (tmp_path / "user").exists()


def test_remove_leaves_other_folders_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path / "env/mine", "mine", ["me"])
    monkeypatch.setenv("EDGE_TTS_VOICES", str(tmp_path / "env"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with pytest.raises(PackError, match=r"environment.*only packs in"):
        PackInstaller().remove("mine")
    for name in ("..", "../env/mine", "/", ""):
        with pytest.raises(PackError):
            PackInstaller().remove(name)
    assert (tmp_path / "env/mine/pack.json").exists()


def test_remove_works_on_a_broken_pack(tmp_path: Path) -> None:
    folder = tmp_path / "user/bad"
    folder.mkdir(parents=True)
    (folder / "pack.json").write_text(json.dumps({"format": 9}))
    assert PackInstaller(tmp_path / "user").remove("bad") == folder
    assert not folder.exists()


def test_add_sweeps_what_was_abandoned(tmp_path: Path) -> None:
    source = write_example(tmp_path / "source")
    for name, age in ((".edge_tts-old", 100_000), (".edge_tts-new", 10)):
        folder = tmp_path / "user" / name
        folder.mkdir(parents=True)
        then = time.time() - age
        os.utime(folder, (then, then))
    PackInstaller(tmp_path / "user").add(source)
    found = sorted(path.name for path in (tmp_path / "user").iterdir())
    assert found == [".edge_tts-new", "tiny"]


@pytest.mark.parametrize("what", ["install", "write"])
def test_full_disk(tmp_path: Path, what: str) -> None:
    """A limit on file size fails as a full disk does: in the middle of a write."""
    source = write_example(tmp_path / "source")
    code = f"""
import resource, signal
from edge_tts.errors import PackError
from edge_tts.packs import PackInstaller, PackWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
try:
    if {what!r} == "install":
        PackInstaller({str(tmp_path / "user")!r}).add({str(source)!r})
    else:
        with PackWriter({str(tmp_path / "user/x")!r}) as writer:
            writer.add_bytes("weights.bin", bytes(10_000))
except PackError as error:
    print("PackError:", error)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "File too large" in result.stdout
    assert result.stdout.count("\n") == 1
    assert list((tmp_path / "user").iterdir()) == []
