"""``edgetts voices`` with the default voice installed once more as a user's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edge_tts.packs.pack import Pack
from tests.cli.conftest import Edgetts, assert_one_line_error


@pytest.fixture
def pack_id(voice: Path) -> str:
    with Pack.open(voice) as pack:
        return pack.manifest.id


def test_add_list_info_verify_remove(
    edgetts: Edgetts, voice: Path, pack_id: str, environment: dict[str, str]
) -> None:
    added = edgetts("voices", "add", voice)
    assert added.returncode == 0
    assert f"installed {pack_id}" in added.stdout.decode()
    assert "licence: " in added.stdout.decode()
    home = Path(environment["XDG_DATA_HOME"])
    assert list(home.rglob("pack.json"))

    entries = json.loads(edgetts("voices", "list", "--json").stdout)
    own = [entry for entry in entries if entry["origin"] == "user"]
    assert [entry["pack"] for entry in own] == [pack_id]
    assert "kathleen" in [speaker["id"] for speaker in own[0]["speakers"]]
    listing = edgetts("voices", "list").stdout.decode()
    assert f"* {pack_id}/{own[0]['default_speaker']}" in listing

    info = json.loads(edgetts("voices", "info", pack_id, "--json").stdout)
    assert info["pack"] == pack_id and info["licence"]["weights"]
    text = edgetts("voices", "info", pack_id).stdout.decode()
    assert all(f"stage {stage}" in text for stage in info["stages"])

    verified = edgetts("voices", "verify", pack_id)
    assert verified.returncode == 0
    assert verified.stdout.decode().startswith(f"sound: {pack_id}")
    assert edgetts("voices", "verify").returncode == 0

    assert_one_line_error(edgetts("voices", "add", voice), "installed already")
    assert edgetts("voices", "add", voice, "--replace").returncode == 0
    assert edgetts("voices", "remove", pack_id).returncode == 0
    assert not list(home.rglob("pack.json"))
    assert_one_line_error(edgetts("voices", "remove", pack_id), pack_id)


def test_unknown_pack_names_the_choices(edgetts: Edgetts, pack_id: str) -> None:
    done = edgetts("voices", "info", "nobody")
    assert_one_line_error(done, "no voice 'nobody'", pack_id)


def test_what_is_no_pack(edgetts: Edgetts, tmp_path: Path) -> None:
    assert_one_line_error(edgetts("voices", "add", tmp_path), "pack.json")
    assert_one_line_error(edgetts("voices", "add", tmp_path / "none"), "none")


def test_damaged_pack_is_listed_and_not_installed(
    edgetts: Edgetts, voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(voice, tmp_path / "voices" / "broken")
    graph = next((tmp_path / "voices" / "broken").glob("*.onnx"))
    graph.write_bytes(graph.read_bytes()[:-1])
    assert_one_line_error(edgetts("voices", "add", graph.parent), graph.name)
    monkeypatch.setenv("EDGE_TTS_VOICES", str(tmp_path / "voices"))
    assert f"unusable: {graph.parent}" in edgetts("voices", "list").stdout.decode()
    verified = edgetts("voices", "verify", "broken", graph.parent)
    assert_one_line_error(verified, "no voice 'broken'")
    every = edgetts("voices", "verify")
    assert every.returncode == 1 and graph.name in every.stderr.decode()
