"""``edgetts say`` with the default voice, from the shell to the samples."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_tts.cli import main
from tests.audio.heard import NUM_FADE, num_extra
from tests.cli.conftest import PROGRAM, Edgetts, assert_one_line_error

pytestmark = pytest.mark.usefixtures("voice")

TEXT = "The boat came home late. Nobody was waiting for it, and the harbour slept."


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., np.ndarray]:
    """16-bit samples of a text, made once for each set of options."""
    known: dict[tuple[str, ...], np.ndarray] = {}
    folder = tmp_path_factory.mktemp("spoken")

    def speak(*options: str) -> np.ndarray:
        if options not in known:
            path = folder / f"{len(known)}.raw"
            assert main(["say", "-q", "-o", str(path), *options]) == 0
            known[options] = np.fromfile(path, "<i2")
        return known[options]

    return speak


def test_file_report_and_subtitles(
    edgetts: Edgetts, tmp_path: Path, spoken: Callable[..., np.ndarray]
) -> None:
    audio, report = tmp_path / "a.wav", tmp_path / "r.json"
    done = edgetts("say", TEXT, "-o", audio, "--report", report, "--subtitles", "srt")
    assert done.returncode == 0 and done.stdout == b""
    assert done.stderr.decode().count("\n") == 1
    samples, rate = soundfile.read(audio, dtype="int16")
    assert rate == 22_050
    assert np.array_equal(samples, spoken(TEXT))
    assert 3.0 < len(samples) / rate < 9.0
    assert 300 < np.abs(samples).max() <= 32767

    figures = json.loads(report.read_text())
    assert figures["audio_seconds"] == pytest.approx(len(samples) / rate, abs=1e-3)
    assert figures["underruns"] == 0
    assert figures["threads"] >= 1 and figures["isa"]
    assert figures["rtf"] > 0 and 0 < figures["ttfa_ms"] < figures["cold_start_ms"]
    assert {value.split(":")[0] for value in figures["variants"].values()} <= {
        *("native", "ort", "openvino")
    }

    subtitles = (tmp_path / "a.srt").read_text()
    words = re.findall(r"[a-z]+", " ".join(subtitles.split("\n")[2:]).lower())
    assert words == re.findall(r"[a-z]+", TEXT.lower())
    last = re.findall(r"--> (\d+):(\d+):(\d+),(\d+)", subtitles)[-1]
    hours, minutes, seconds, milliseconds = map(int, last)
    end = hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
    assert len(samples) / rate - 1.0 < end <= len(samples) / rate + 0.001
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("a.srt", "a.wav", "r.json")
    ]


def test_text_from_everywhere_is_the_same_speech(
    edgetts_process: Edgetts, tmp_path: Path, spoken: Callable[..., np.ndarray]
) -> None:
    book = tmp_path / "book.txt"
    book.write_text(TEXT.replace(". ", ".\n"), encoding="utf-8-sig")
    whole = spoken(TEXT).tobytes()
    stdin = edgetts_process("say", "-", "--raw", "-o", "-", input=TEXT.encode())
    assert stdin.stdout == whole
    words = edgetts_process("say", "--raw", "-o", "-", "--", *TEXT.split())
    assert words.stdout == whole
    file = edgetts_process("say", "-f", book, "--raw", "-o", "-")
    assert file.returncode == 0 and abs(len(file.stdout) - len(whole)) < 44_100


def test_quiet_is_quiet(edgetts: Edgetts, tmp_path: Path) -> None:
    done = edgetts("say", "Hush.", "-q", "-o", tmp_path / "a.flac")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert soundfile.info(tmp_path / "a.flac").format == "FLAC"


def test_options_change_the_speech(spoken: Callable[..., np.ndarray]) -> None:
    plain = spoken(TEXT)
    fast = spoken(TEXT, "--speed", "2")
    assert 0.4 < len(fast) / len(plain) < 0.75
    quiet = spoken(TEXT, "--volume", "-20")
    assert len(quiet) == len(plain)
    assert np.std(quiet) == pytest.approx(np.std(plain) / 10, rel=0.01)
    paused = spoken(TEXT, "--pause", "2000")
    assert len(paused) - len(plain) > 22_050
    assert not np.array_equal(spoken(TEXT, "--pitch", "3"), plain)
    seeded = spoken(TEXT, "--seed", "7")
    assert len(seeded) == len(plain) and not np.array_equal(seeded, plain)
    other = spoken(TEXT, "--voice", "bdl")
    assert len(other) != len(plain)


def test_wav_on_standard_output_is_a_stream(
    edgetts_process: Edgetts, spoken: Callable[..., np.ndarray]
) -> None:
    done = edgetts_process("say", TEXT, "-o", "-")
    assert done.stdout[:4] == b"RIFF" and done.stdout[40:44] == b"\xff" * 4
    assert done.stdout[44:] == spoken(TEXT).tobytes()


def test_lines_are_spoken_as_they_arrive(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "say", "-", "--raw", "-o", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        bufsize=0,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        # No full stop: the end of the line and the silence after it must do.
        process.stdin.write(b"First line\n")
        first = process.stdout.read(8_000)
        assert first
        process.stdin.write(b"Second line\n")
        process.stdin.close()
        rest = process.stdout.read()
        while more := process.stdout.read():
            rest += more
        assert len(rest) > 8_000
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()


def test_speaking_a_wav_loads_nothing_it_does_not_need(tmp_path: Path) -> None:
    program = (
        "import sys; from edge_tts.cli import main\n"
        f"code = main(['say', 'Hello.', '-q', '-o', {str(tmp_path / 'a.wav')!r}])\n"
        "heavy = {'soundfile', 'sounddevice', 'psutil', 'cpuinfo', 'scipy', 'torch',\n"
        "         'importlib.metadata', 'asyncio', 'unittest'}\n"
        "print(code, sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60
    )
    assert done.stdout.decode() == "0 []\n", done.stderr


def test_speaker_hears_exactly_the_samples(
    edgetts_process: Edgetts, tmp_path: Path, spoken: Callable[..., np.ndarray]
) -> None:
    """Through the real PortAudio into ALSA's file device."""
    config = tmp_path / "alsa.conf"
    config.write_text(
        "pcm.silent { type null }\n"
        f'pcm.default {{ type file slave.pcm "silent" file "{tmp_path}/heard.raw" '
        'format "raw" }\nctl.default { type hw card 0 }\n'
    )
    env = {"ALSA_CONFIG_PATH": str(config)}
    if b"default" not in edgetts_process("devices", env=env).stdout:
        pytest.skip("PortAudio or ALSA's file device is not here")
    done = edgetts_process("say", TEXT, "--report", tmp_path / "r.json", env=env)
    assert done.returncode == 0, done.stderr
    heard = np.fromfile(tmp_path / "heard.raw", "<i2")
    figures = json.loads((tmp_path / "r.json").read_text())
    if figures["underruns"]:
        # The device has no clock and may outrun synthesis: then silence is between,
        # and a ramp on each side of it.
        speech = spoken(TEXT)
        extra = num_extra(heard[heard != 0], speech[speech != 0])
        assert extra is not None
        assert extra <= 2 * NUM_FADE * (figures["underruns"] + 1)
    else:
        assert spoken(TEXT).tobytes() in heard.tobytes()


SSML = (
    '<speak>One <break time="500ms"/>two. <mark name="m"/><prosody rate="fast">Three.'
    "</prosody><nothing/></speak>"
)


def test_ssml_is_found_and_spoken(
    edgetts: Edgetts, voice: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.ssml"
    path.write_text(SSML)
    words = tmp_path / "words.srt"
    sources = ([SSML], ["-f", path], ["--ssml", "-f", path])
    for number, source in enumerate(sources):
        wav = tmp_path / f"{number}.wav"
        done = edgetts("say", *source, "-o", wav, f"--subtitles=srt={words}")
        assert done.returncode == 0, done.stderr
        assert b"<nothing> is not supported" in done.stderr
        assert wav.read_bytes() == (tmp_path / "0.wav").read_bytes()
        assert "break" not in words.read_text()
    plain = tmp_path / "plain.wav"
    assert edgetts("say", "--no-ssml", SSML, "-o", plain).returncode == 0
    assert plain.stat().st_size > wav.stat().st_size


def test_broken_ssml_is_one_line(edgetts: Edgetts, voice: Path, tmp_path: Path) -> None:
    done = edgetts("say", "<speak>One", "-o", tmp_path / "a.wav")
    assert_one_line_error(done, "SSML, line 1")
    assert list(tmp_path.iterdir()) == []


def test_ssml_on_a_pipe(edgetts_process: Edgetts, voice: Path, tmp_path: Path) -> None:
    wav = tmp_path / "a.wav"
    done = edgetts_process("say", "-", "-o", wav, input=SSML.encode())
    assert done.returncode == 0, done.stderr
    assert wav.stat().st_size > 40_000
