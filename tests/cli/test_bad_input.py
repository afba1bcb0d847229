"""Everything that can go wrong between a user and ``edgetts say``."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, Edgetts, assert_one_line_error

pytestmark = pytest.mark.usefixtures("voice")

SENTENCE = b"The quick brown fox jumps over the lazy dog, again and again. "


@pytest.mark.parametrize(
    "text",
    ["", "   \n\t ", "?! ... ;", "\x07\x08\x7f", "\u200b\ufeff"],
    ids=["empty", "whitespace", "punctuation", "control", "invisible"],
)
def test_text_without_words(edgetts: Edgetts, tmp_path: Path, text: str) -> None:
    done = edgetts("say", "-o", tmp_path / "a.wav", "--", text)
    assert_one_line_error(done, "nothing to speak")
    assert list(tmp_path.iterdir()) == []


def test_only_emoji_is_an_error_or_speech(edgetts: Edgetts, tmp_path: Path) -> None:
    done = edgetts("say", "🎉🎈", "-o", tmp_path / "a.wav")
    if done.returncode == 0:
        assert (tmp_path / "a.wav").stat().st_size > 4_000
    else:
        assert_one_line_error(done)
        assert list(tmp_path.iterdir()) == []


def test_standard_input_without_text(edgetts_process: Edgetts, tmp_path: Path) -> None:
    done = edgetts_process("say", "-", "-o", tmp_path / "a.wav", input=b"")
    assert_one_line_error(done)
    assert list(tmp_path.iterdir()) == []


def test_zero_bytes_in_a_file_do_no_harm(
    edgetts_process: Edgetts, tmp_path: Path
) -> None:
    done = edgetts_process(
        *("say", "-", "-q", "-o", tmp_path / "a.wav"), input=b"Hello\0 wor\x01ld.\n"
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_input_that_is_not_utf8(edgetts_process: Edgetts, tmp_path: Path) -> None:
    done = edgetts_process(
        *("say", "-", "-o", tmp_path / "a.wav"), input=b"Good coffee. Caf\xe9 noir.\n"
    )
    assert_one_line_error(
        done, "standard input is not UTF-8: byte 0xe9 at offset 16", "iconv"
    )
    assert list(tmp_path.iterdir()) == []


def test_argument_that_is_not_utf8(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*(os.fsencode(word) for word in PROGRAM), b"say", b"caf\xe9", b"-o", b"-"],
        env={**environment, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        timeout=60,
    )
    assert_one_line_error(done, "TEXT is not UTF-8")


def test_unknown_voice(edgetts: Edgetts, tmp_path: Path) -> None:
    done = edgetts("say", "Hi.", "--voice", "kathlene", "-o", tmp_path / "a.wav")
    assert_one_line_error(done, "no voice 'kathlene'", "kathleen")
    assert list(tmp_path.iterdir()) == []


def _damage(pack: Path, kind: str) -> str:
    """Damage every file of the networks; return what the message must hold."""
    manifest = pack / "pack.json"
    if kind == "manifest":
        manifest.write_text(manifest.read_text()[:-500])
        return manifest.name
    for path in pack.iterdir():
        if path.suffix in (".json", ".txt"):
            continue
        content = bytearray(path.read_bytes())
        if kind == "bit":
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
        elif kind == "truncated":
            path.write_bytes(content[:-100])
        else:
            path.unlink()
    return {"bit": "sha256", "truncated": "truncated", "missing": "is missing"}[kind]


@pytest.mark.parametrize("kind", ["bit", "truncated", "missing", "manifest"])
def test_damaged_pack(edgetts: Edgetts, voice: Path, tmp_path: Path, kind: str) -> None:
    pack = tmp_path / "voices" / "broken"
    shutil.copytree(voice, pack)
    reason = _damage(pack, kind)
    done = edgetts("say", "Hi.", "--voice", pack, "-o", tmp_path / "a.wav")
    assert_one_line_error(done, reason)
    assert not (tmp_path / "a.wav").exists()
    verified = edgetts("voices", "verify", pack)
    assert_one_line_error(verified, reason)


@pytest.mark.parametrize("suffix", ["wav", "flac", "opus", "mp3"])
def test_full_disk(environment: dict[str, str], tmp_path: Path, suffix: str) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))

    done = subprocess.run(
        [*PROGRAM, "say", "Hello, hello, hello.", "-o", tmp_path / f"a.{suffix}"],
        env=environment,
        capture_output=True,
        timeout=60,
        preexec_fn=limit,
    )
    assert_one_line_error(done, "cannot write", "File too large")
    assert list(tmp_path.iterdir()) == []


def test_full_device(edgetts: Edgetts) -> None:
    done = edgetts("say", "Hello.", "--format", "wav", "-o", "/dev/full")
    assert_one_line_error(done, "cannot write /dev/full: No space left on device")


def test_full_standard_output(environment: dict[str, str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, "say", "Hello.", "--raw", "-o", "-"],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert done.returncode == 1
    assert b"standard output: No space left on device" in done.stderr


@pytest.mark.parametrize("format_name", ["wav", "raw", "flac", "opus"])
def test_reader_that_leaves(
    environment: dict[str, str], tmp_path: Path, format_name: str
) -> None:
    book = tmp_path / "book.txt"
    book.write_bytes(SENTENCE * 200)
    program = " ".join(PROGRAM)
    script = (
        f"{program} say -f {book} --format {format_name} -o - | head -c 1000 | wc -c; "
        "exit ${PIPESTATUS[0]}"
    )
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, timeout=60
    )
    assert done.stderr == b""
    assert done.stdout.strip() == b"1000"
    assert done.returncode == 141


def test_five_megabytes_stream_with_flat_memory(
    environment: dict[str, str], tmp_path: Path
) -> None:
    book = tmp_path / "book.txt"
    book.write_bytes(SENTENCE * (5_000_000 // len(SENTENCE)))
    process = subprocess.Popen(
        [*PROGRAM, "say", "-f", str(book), "--raw", "-o", "-"],
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    try:
        process.stdout.read(200_000)
        first = _peak_rss_mb(process.pid)
        process.stdout.read(2_000_000)
        later = _peak_rss_mb(process.pid)
    finally:
        process.kill()
        process.communicate()
    assert later - first < 8


def test_one_word_of_a_megabyte_starts_at_once(
    environment: dict[str, str], tmp_path: Path
) -> None:
    book = tmp_path / "word.txt"
    book.write_bytes(b"abracadabra" * 100_000)
    process = subprocess.Popen(
        [*PROGRAM, "say", "-f", str(book), "--raw", "-o", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    try:
        assert len(process.stdout.read(50_000)) == 50_000
        # Processor time: a loaded machine says nothing about the word.
        assert _cpu_seconds(process.pid) < 10
        assert _peak_rss_mb(process.pid) < 250
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
@pytest.mark.parametrize("suffix", ["wav", "opus"])
def test_interrupt_leaves_nothing(
    environment: dict[str, str],
    tmp_path: Path,
    number: signal.Signals,
    code: int,
    suffix: str,
) -> None:
    book = tmp_path / "book.txt"
    book.write_bytes(SENTENCE * 5_000)
    output = tmp_path / "out"
    output.mkdir()
    process = subprocess.Popen(
        [*PROGRAM, "say", "-f", book, "-o", output / f"a.{suffix}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    try:
        deadline = time.monotonic() + 30
        while not any(p.stat().st_size for p in output.iterdir()):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
        started = time.monotonic()
        process.send_signal(number)
        out, error = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out, error) == (code, b"", b"")
    assert time.monotonic() - started < 10
    assert list(output.iterdir()) == []


def test_no_audio_device(edgetts_process: Edgetts) -> None:
    done = edgetts_process("say", "Hello.")
    assert_one_line_error(done, "-o FILE")


def test_backend_that_is_not_installed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    # What the import system answers when a package is not there.
    program = (
        "import sys; sys.modules['openvino'] = None\n"
        "from edge_tts.cli import main\n"
        "sys.exit(main(['say', 'Hi.', '--backend', 'openvino', '-o', sys.argv[1]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a.wav"],
        env=environment,
        capture_output=True,
        timeout=60,
    )
    assert_one_line_error(done, "openvino", "not installed")
    assert list(tmp_path.iterdir()) == []


def test_lexicon_that_is_missing(edgetts: Edgetts, tmp_path: Path) -> None:
    done = edgetts("say", "Hi.", "--lexicon", "/no/words", "-o", tmp_path / "a.wav")
    assert_one_line_error(done, "/no/words")
    assert list(tmp_path.iterdir()) == []


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6
