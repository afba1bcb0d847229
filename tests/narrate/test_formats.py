"""Bytes that this package writes itself: ID3, Ogg serials, names, pauses."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edge_tts.errors import ConfigError, SinkError
from edge_tts.narrate.aac_encoder import FRAME, AacEncoder, adts_frames
from edge_tts.narrate.id3_tag import id3_tag
from edge_tts.narrate.m4b_file import write_m4b
from edge_tts.narrate.narration_options import NarrationOptions, parse_chapters
from edge_tts.narrate.ogg_serial import set_serial
from edge_tts.narrate.output_names import chapter_name, safe_name

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed"
)
needs_ffprobe = pytest.mark.skipif(
    shutil.which("ffprobe") is None, reason="ffprobe is not installed"
)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("A Tale / of: two <Cities>?", "A Tale of two Cities"),
        ("../../etc/passwd", "etc passwd"),
        ("...", "Book"),
        ("", "Book"),
        ("tab\tand\nline\x00", "tab and line"),
        ("rtl \u202e trick", "rtl trick"),
        ("Größe", "Größe"),
    ],
)
def test_names_are_safe(title: str, name: str) -> None:
    assert safe_name(title, "Book") == name


def test_a_long_name_is_cut_at_a_character() -> None:
    name = safe_name("ü" * 500, "Book")
    assert len(name.encode()) <= 120
    assert set(name) == {"ü"}


def test_names_sort_like_chapters() -> None:
    names = [chapter_name(number, 120, "X") for number in (1, 2, 10, 100)]
    assert names == sorted(names)
    assert chapter_name(3, 9, "") == "03"


@pytest.mark.parametrize("text", ["x", "0", "7-3", "1-2-3", "-", "1,,b", "١"])
def test_chapters_that_make_no_sense(text: str) -> None:
    if text == "-":
        assert parse_chapters(text) == [(1, 999999)]
        return
    with pytest.raises(ConfigError, match="chapters must look like"):
        parse_chapters(text)


def test_chapters() -> None:
    options = NarrationOptions(output=Path("x"), chapters="3-4, 9,12-")
    wanted = [number for number in range(1, 15) if options.wants_chapter(number)]
    assert wanted == [3, 4, 9, 12, 13, 14]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"formats": ("aac",)}, "must be among wav, flac"),
        ({"subtitles": ("ass",)}, "must be among srt, vtt"),
        ({"lufs": -3.0}, "-40 to -9"),
        ({"peak_db": 0.0}, "true peak"),
        ({"jobs": 0}, "jobs must be 1"),
        ({"speed": 9.0}, "speed must be"),
        ({"output": Path("b.m4b"), "formats": ("m4b", "mp3")}, "is one file"),
    ],
)
def test_impossible_options(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        NarrationOptions(**{"output": Path("x"), **fields})  # type: ignore[arg-type]


def write_ogg(path: Path) -> None:
    import soundfile

    noise = np.random.default_rng(1).normal(0, 0.1, 24000 * 3)
    soundfile.write(path, noise, 24000, format="OGG", subtype="OPUS")


def test_ogg_serials_become_equal_and_stay_valid(tmp_path: Path) -> None:
    import soundfile

    path = tmp_path / "a.opus"
    write_ogg(path)
    before, _ = soundfile.read(path)
    set_serial(path, 0x12345678)
    data = path.read_bytes()
    assert data[14:18] == bytes.fromhex("78563412")
    # libogg drops pages whose checksum is wrong.
    after, _ = soundfile.read(path)
    np.testing.assert_array_equal(before, after)


def test_what_is_not_ogg_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.opus"
    path.write_bytes(b"RIFF" + bytes(100))
    with pytest.raises(SinkError, match="not an Ogg page"):
        set_serial(path)


@needs_ffprobe
def test_id3_chapters_are_read_by_others(tmp_path: Path) -> None:
    import soundfile

    body = io.BytesIO()
    soundfile.write(body, np.zeros(22050 * 2), 22050, format="MP3")
    chapters = [("Eins", 0, 1000), ("Zwei – ü", 1000, 2000)]
    tag = id3_tag({"title": "T – ü", "artist": "A", "track": "3/4"}, chapters)
    path = tmp_path / "a.mp3"
    path.write_bytes(tag + body.getvalue())
    shown = probe(path)
    assert "TAG:title=T – ü" in shown and "TAG:artist=A" in shown
    assert "TAG:track=3/4" in shown
    assert "TAG:title=Zwei – ü" in shown and "end_time=2.000000" in shown


def test_id3_keeps_chapters_beyond_the_list_of_contents() -> None:
    tag = id3_tag({}, [(f"C{i}", i, i + 1) for i in range(300)])
    assert tag.count(b"CHAP") == 300
    assert tag[tag.index(b"toc\0") + 5] == 255


def test_a_shortened_aac_part_is_refused() -> None:
    frame = bytes([0xFF, 0xF1, 0x5C, 0x40, 20 >> 3, (20 & 7) << 5, 0xFC]) + bytes(13)
    assert list(adts_frames(io.BytesIO(frame * 2))) == [frame] * 2
    for data in (frame + frame[:-1], frame + frame[:4] + bytes(3)):
        with pytest.raises(SinkError, match="cut short"):
            list(adts_frames(io.BytesIO(data)))


@needs_ffmpeg
@needs_ffprobe
def test_an_m4b_is_as_long_as_its_parts_and_has_chapters(tmp_path: Path) -> None:
    rate = 22050
    parts = []
    times = np.arange(20 * FRAME) / rate
    for number in range(3):
        signal = (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
        signal[: 2 * FRAME] = signal[-2 * FRAME :] = 0.0
        path = tmp_path / f"{number}.aac"
        encoder = AacEncoder(path, rate)
        for start in range(0, len(signal), 3000):
            encoder.write(signal[start : start + 3000])
        encoder.finish()
        encoder.close()
        with path.open("rb") as file:
            assert sum(1 for _ in adts_frames(file)) == 20
        parts.append(path)
    chapters = [(f"T={n}; #", n * 20 * FRAME, (n + 1) * 20 * FRAME) for n in range(3)]
    target = tmp_path / "a.m4b"
    write_m4b(target, parts, chapters, rate, {"title": "B", "artist": "A"}, None)
    shown = probe(target)
    assert shown.count("[CHAPTER]") == 3 and "TAG:title=T=2; #" in shown
    assert "TAG:artist=A" in shown and "codec_name=aac" in shown
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", target, "-f", "f32le", "-"],
        capture_output=True,
        check=True,
    )
    samples = np.frombuffer(decoded.stdout, "<f4")
    assert len(samples) == 60 * FRAME
    # Every part begins where it should: no delay adds up, no click at a joint.
    for number in range(3):
        part = samples[number * 20 * FRAME : (number + 1) * 20 * FRAME]
        assert np.abs(part[: FRAME + 500]).max() < 0.02
        assert np.abs(part[3 * FRAME : 17 * FRAME]).max() > 0.2


def adts(payload: bytes) -> bytes:
    """A frame of mono AAC-LC at 22.05 kHz."""
    size = len(payload) + 7
    return bytes(
        (0xFF, 0xF1, 0x5C, 0x40 | size >> 11, size >> 3 & 255, (size & 7) << 5 | 31,
         0xFC)
    ) + payload  # fmt: skip


@needs_ffprobe
def test_an_m4b_holds_every_frame_tag_and_picture(tmp_path: Path) -> None:
    payloads = [bytes([n % 251]) * (1 + n % 97) for n in range(300)]
    parts = [tmp_path / "a.aac", tmp_path / "b.aac"]
    parts[0].write_bytes(b"".join(map(adts, payloads[:130])))
    parts[1].write_bytes(b"".join(map(adts, payloads[130:])))
    target = tmp_path / "a.m4b"
    tags = {"title": "Ü – B", "artist": "A", "album": "B", "date": "1900",
            "genre": "Audiobook"}  # fmt: skip
    cover = b"\x89PNG\r\n\x1a\n" + bytes(50)
    # More than Nero's list holds.
    chapters = [(f"Kapitel {n}", n * FRAME, (n + 1) * FRAME) for n in range(300)]
    write_m4b(target, parts, chapters, 22050, tags, cover)
    assert b"".join(payloads) in target.read_bytes()
    assert cover in target.read_bytes()
    shown = probe(target)
    assert shown.count("[CHAPTER]") == 300 and "TAG:title=Kapitel 299" in shown
    for name, value in tags.items():
        assert f"TAG:{name}={value}" in shown
    assert "TAG:media_type=2" in shown and "TAG:major_brand=M4B" in shown
    packets = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries",
         "packet=size,duration", "-of", "csv=p=0", target],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    sizes = [tuple(map(int, line.split(",")[:2])) for line in packets.stdout.split()]
    assert sizes == [(FRAME, len(payload)) for payload in payloads]


@needs_ffprobe
def test_an_m4b_longer_than_54_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_tts.narrate.m4b_file.FRAME", 1 << 24)
    part = tmp_path / "a.aac"
    part.write_bytes(adts(bytes(9)) * 300)
    target = tmp_path / "a.m4b"
    middle, end = 150 << 24, 300 << 24
    chapters = [("I", 0, middle), ("II", middle, end)]
    write_m4b(target, [part], chapters, 22050, {"title": "B"}, None)
    shown = probe(target)
    assert f"duration={end / 22050:.6f}" in shown
    assert f"end_time={end / 22050:.6f}" in shown


@pytest.mark.parametrize(
    ("data", "message"), [(b"no frames at all", "damaged"), (b"", "no audio")]
)
def test_an_m4b_of_nothing_is_refused(
    tmp_path: Path, data: bytes, message: str
) -> None:
    bad = tmp_path / "bad.aac"
    bad.write_bytes(data)
    with pytest.raises(SinkError, match=message):
        write_m4b(tmp_path / "x.m4b", [bad], [], 22050, {}, None)


def probe(path: Path) -> str:
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-show_chapters", "-show_format", "-show_streams",
         path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout
