"""What the command line says about a pack that turns spectrograms into sound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calibrate.__main__ import main
from tests.calibrate.convert.small_hifigan import SmallHifigan
from tests.cli.conftest import Edgetts, assert_one_line_error


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    source = SmallHifigan().save(tmp_path / "generator.onnx")
    licence = tmp_path / "LICENCE"
    licence.write_text("Free.\n")
    target = tmp_path / "small-hifigan.zip"
    recipe = "--sample-rate 8000 --mel-n-fft 64 --mel-low-hz 0 --mel-high-hz 4000"
    arguments = [str(source), "-o", str(target), "--licence-file", str(licence)]
    assert main(["convert", "hifigan", *arguments, *recipe.split()]) == 0
    return target


def test_it_is_listed_and_sound_but_does_not_speak(
    edgetts: Edgetts, pack: Path
) -> None:
    assert_one_line_error(
        edgetts("say", "Hello.", "--voice", pack, "-o", pack.parent / "x.wav"),
        "small-hifigan cannot speak",
        "no text stages",
    )
    assert not (pack.parent / "x.wav").exists()
    assert edgetts("voices", "add", pack).returncode == 0
    listing = edgetts("voices", "list").stdout.decode()
    assert "no voice: it turns mel spectrograms into sound" in listing
    entries = json.loads(edgetts("voices", "list", "--json").stdout)
    families = {entry["pack"]: entry["family"] for entry in entries}
    assert families["small-hifigan"] == "mel_vocoder"
    verified = edgetts("voices", "verify", "small-hifigan")
    assert verified.stdout.decode().startswith("sound: small-hifigan")
    info = edgetts("voices", "info", "small-hifigan").stdout.decode()
    assert "HiFi-GAN generator" in info and "stage vocoder" in info
    assert edgetts("voices", "remove", "small-hifigan").returncode == 0
