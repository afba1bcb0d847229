"""What needs no voice: grammar, exit codes, commands about the machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import edge_tts
from edge_tts.cli import main
from tests.cli.conftest import Edgetts, assert_one_line_error


def test_version(edgetts_process: Edgetts) -> None:
    done = edgetts_process("--version")
    assert done.stdout.decode() == f"edgetts {edge_tts.__version__}\n"
    assert done.returncode == 0


@pytest.mark.parametrize(
    "arguments, part",
    [
        ([], "COMMAND"),
        (["sing"], "invalid choice: 'sing'"),
        (["say"], "give either TEXT, or - for standard input, or -f FILE"),
        (["say", "a", "-f", "b.txt"], "give either TEXT"),
        (["say", "a", "--speed", "9"], "speed must be a number from 0.25 to 4x"),
        (["say", "a", "--speed", "nan"], "speed must be"),
        (["say", "a", "--pitch", "-20"], "pitch must be"),
        (["say", "a", "--threads", "0"], "num_threads must be"),
        (["say", "a", "--chunk-frames", "0"], "or 'whole', got '0'"),
        (["say", "a", "--backend", "cuda"], "invalid choice: 'cuda'"),
        (["say", "a", "--raw"], "--raw and --format need -o"),
        (["say", "a", "--raw", "--format", "wav", "-o", "-"], "different formats"),
        (["say", "a", "--device", "0", "-o", "a.wav"], "--device is for the speaker"),
        (["say", "a", "--subtitles", "ass"], "--subtitles takes srt"),
        (["say", "a", "--subtitles", "srt"], "--subtitles needs a PATH"),
        (["say", "a", "--spee", "1"], "unrecognized arguments"),
        (["say", "a", "-o", "-", "--report", "-"], "cannot share standard output"),
        (["voices"], "ACTION"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], part: str
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert part in error and error.count("\n") == 1


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["say", "--help"]) == 0
    assert "--chunk-frames" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, part",
    [
        (["-o", "/no/such/folder/a.wav"], "there is no folder /no/such/folder"),
        (["-o", "."], "it is a folder"),
        (["-o", "a.doc"], "cannot tell the audio format"),
        (["-o", "a.wav", "--format", "aac"], "unknown audio format 'aac'"),
        (["-o", "a.wav", "--report", "/no/r.json"], "there is no folder /no"),
        (["-o", "a.wav", "--subtitles", "srt=/no/a.srt"], "there is no folder /no"),
    ],
)
def test_unwritable_places_are_told_before_anything_is_loaded(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    part: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["say", "hello", *arguments]) == 1
    error = capsys.readouterr().err
    assert part in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_text_file_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["say", "-f", "/no/book.txt", "-o", "/tmp/a.wav"]) == 1
    message = "cannot read /no/book.txt: No such file or directory\n"
    assert capsys.readouterr().err == f"edgetts: error: {message}"


def test_devices_without_a_card(edgetts_process: Edgetts) -> None:
    done = edgetts_process("devices", "--json")
    if done.returncode == 1:
        pytest.skip(done.stderr.decode())
    assert json.loads(done.stdout) == []
    assert done.stderr == b""


def test_doctor_speaks_json_and_text(edgetts_process: Edgetts) -> None:
    done = edgetts_process("doctor", "--json")
    diagnosis = json.loads(done.stdout)
    assert diagnosis["edge_tts"] == edge_tts.__version__
    assert diagnosis["isa"]["chosen"] in diagnosis["isa"]["kernels"]
    assert set(diagnosis["backends"]) == {"native", "ort", "openvino"}
    assert isinstance(diagnosis["problems"], list)
    assert done.returncode == (1 if diagnosis["plan"].get("problem") else 0)
    text = edgetts_process("doctor").stdout.decode()
    assert diagnosis["isa"]["chosen"] in text
    for problem in diagnosis["problems"]:
        assert problem in text


def test_doctor_tells_an_impossible_isa(edgetts_process: Edgetts) -> None:
    done = edgetts_process("doctor", "--json", env={"EDGE_TTS_ISA": "altivec"})
    assert "EDGE_TTS_ISA" in json.loads(done.stdout)["isa"]["problem"]
    assert done.stderr == b""


def test_doctor_sees_a_foreign_package_of_the_same_name(
    edgetts_process: Edgetts, tmp_path: Path
) -> None:
    info = tmp_path / "edge_tts-7.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: edge-tts\nVersion: 7.0.0\n")
    (info / "top_level.txt").write_text("edge_tts\n")
    root = str(Path(edge_tts.__file__).parents[1])
    done = edgetts_process("doctor", "--json", env={"PYTHONPATH": f"{root}:{tmp_path}"})
    assert (
        "edge-tts installs a package"
        in json.loads(done.stdout)["name_clash"]["problem"]
    )


def test_bugs_are_one_line_and_debug_shows_them(tmp_path: Path) -> None:
    program = (
        "import sys, edge_tts.cli.devices as d; from edge_tts.cli import main\n"
        "d.output_devices = lambda: 1 / 0\n"
        "sys.exit(main(['devices', *sys.argv[1:]]))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert_one_line_error(done, "unexpected ZeroDivisionError", "--debug")
    shown = subprocess.run([*command, "--debug"], capture_output=True, timeout=60)
    assert b"Traceback" in shown.stderr and shown.returncode == 1


def test_closed_pipe_of_a_listing_is_silent(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"{sys.executable} -m edge_tts doctor | true; exit ${{PIPESTATUS[0]}}",
        ],
        env=environment,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode in (0, 1, 141)
    assert done.stderr == b""


def test_full_disk_under_a_listing_is_told(environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m edge_tts doctor > /dev/full"],
        env=environment,
        capture_output=True,
        timeout=60,
    )
    assert_one_line_error(done, "No space left on device")
