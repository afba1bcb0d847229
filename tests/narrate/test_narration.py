"""Real books with the embedded voice: files, redo, edits, equal bits."""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_tts.cli import main
from edge_tts.errors import ConfigError
from edge_tts.narrate.job import Job
from edge_tts.narrate.narration import narrate
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.open_book import open_book
from edge_tts.narrate.progress import ProgressEvent, SilentProgress
from tests.narrate.conftest import TEXT, Narrate, digests
from tests.narrate.epub_builder import epub, page


def test_every_word_is_spoken_and_every_file_written(
    narrated: Narrate, tmp_path: Path
) -> None:
    formats = ("wav", "flac", "opus", "mp3")
    result = narrated(formats=formats, subtitles=("srt", "vtt"))
    report = result.report
    assert report.words_planned == report.words_spoken == report.words_in_book
    assert (report.words_lost, report.num_failed, report.num_suspicious) == (0, 0, 0)
    # "Yes." is there twice and spoken once.
    assert result.speaking.num_takes == report.num_sentences - 1
    names = set(digests(tmp_path / "out"))
    for name in formats:
        assert {f"01 CHAPTER I.{name}", f"02 CHAPTER II.{name}"} <= names
    assert {"01 CHAPTER I.srt", "book wav.m3u8", "book.report.html"} <= names
    total = 0.0
    for path in sorted((tmp_path / "out").glob("*.wav")):
        total += soundfile.info(path).duration
    assert total == pytest.approx(result.audio_seconds, abs=1e-6)
    assert not list((tmp_path / "out").rglob("*.part*"))


def test_times_point_at_the_words(narrated: Narrate, tmp_path: Path) -> None:
    narrated()
    times = json.loads((tmp_path / "out" / "book.times.json").read_text())
    first, second = times["chapters"]
    samples, rate = soundfile.read(tmp_path / "out" / "02 CHAPTER II.wav")
    assert second["end"] - second["start"] == pytest.approx(
        len(samples) / rate, abs=1e-3
    )
    assert first["end"] == second["start"]
    for sentence in second["sentences"]:
        start, end = (round((sentence[k] - second["start"]) * rate) for k in
                      ("start", "end"))  # fmt: skip
        assert np.abs(samples[start:end]).max() > 0.1
        assert np.abs(samples[end + 10 : end + 2000]).max() == 0.0
        words = [word for word, _, _ in sentence["words"]]
        assert " ".join(words) == sentence["text"]


def test_no_pause_within_a_phrase(speaks: None, tmp_path: Path) -> None:
    book, target = tmp_path / "b.ssml", tmp_path / "out"
    book.write_text(
        '<speak>The man was <prosody rate="80%">never</prosody> alone.</speak>'
    )
    words = ["narrate", str(book), "-o", str(target), "--format", "wav", "-q"]
    assert main([*words, "--nice", "0", "--jobs", "1"]) == 0
    times = json.loads((target / "b.times.json").read_text())
    first, second, third = times["chapters"][0]["sentences"]
    assert (first["end"], second["end"]) == (second["start"], third["start"])
    samples, rate = soundfile.read(next(target.glob("*.wav")))
    for one, two in ((first, second), (second, third)):
        gap = two["words"][0][1] - one["words"][-1][2]
        assert gap < 0.08
        # Faded out and in, without a step.
        joint = round(one["end"] * rate)
        assert np.abs(np.diff(samples[joint - 3 : joint + 3])).max() < 0.01


def test_captions_read_like_the_book(
    narrated: Narrate, book_file: Path, tmp_path: Path
) -> None:
    first = "“Come in,” said Anna—the snow-white one (or so)."
    book_file.write_text(f"{first} He didn't; why?\n")
    narrated(subtitles=("srt",), titles=False, output=tmp_path / "b.wav", formats=())
    cues = (tmp_path / "b.srt").read_text().strip().split("\n\n")
    texts = [" ".join(cue.splitlines()[2:]) for cue in cues]
    assert " ".join(texts) == f"{first} He didn't; why?"


def test_loudness_and_peak_are_as_asked(narrated: Narrate, tmp_path: Path) -> None:
    from edge_tts.narrate.loudness import LoudnessMeter, integrated_loudness
    from edge_tts.narrate.peak_limiter import true_peaks

    result = narrated(output=tmp_path / "book.wav", formats=(), peak_db=-4.0)
    samples, rate = soundfile.read(tmp_path / "book.wav", dtype="float32")
    meter = LoudnessMeter(rate)
    meter.push(samples)
    # The limiter takes a little away.
    measured = integrated_loudness(meter.finish())
    assert measured == pytest.approx(-19.0, abs=0.4)
    assert measured == pytest.approx(result.report.final_lufs, abs=0.02)
    assert 20 * np.log10(true_peaks(samples).max()) <= -3.9


def test_workers_and_order_do_not_change_a_bit(
    narrated: Narrate, tmp_path: Path
) -> None:
    formats = ("wav", "opus", "mp3")
    narrated(output=tmp_path / "a", formats=formats, jobs=1)
    narrated(output=tmp_path / "b", formats=formats, jobs=3)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_a_second_run_makes_nothing(narrated: Narrate, tmp_path: Path) -> None:
    narrated()
    before = digests(tmp_path / "out")
    again = narrated()
    assert again.speaking.num_takes == 0
    assert not any(file.made for file in again.files if file.seconds)
    assert digests(tmp_path / "out") == before


def test_a_lost_file_is_made_again(narrated: Narrate, tmp_path: Path) -> None:
    narrated()
    before = digests(tmp_path / "out")
    (tmp_path / "out" / "01 CHAPTER I.wav").unlink()
    (tmp_path / "out" / "02 CHAPTER II.wav").write_bytes(b"short")
    assert narrated().speaking.num_takes == 0
    assert digests(tmp_path / "out") == before


def test_a_changed_sentence_is_the_only_one_spoken(
    narrated: Narrate, book_file: Path, tmp_path: Path
) -> None:
    # In so short a book a sentence moves the loudness, which touches every chapter.
    narrated(lufs=None)
    before = digests(tmp_path / "out")
    book_file.write_text(TEXT.replace("Twenty ships", "Thirty ships"))
    assert narrated(lufs=None).speaking.num_takes == 1
    after = digests(tmp_path / "out")
    assert after["02 CHAPTER II.wav"] == before["02 CHAPTER II.wav"]
    assert after["01 CHAPTER I.wav"] != before["01 CHAPTER I.wav"]
    # And back: its first take is still there.
    book_file.write_text(TEXT)
    assert narrated(lufs=None).speaking.num_takes == 0
    assert digests(tmp_path / "out") == before


def test_a_lexicon_entry_redoes_what_it_touches(
    narrated: Narrate, tmp_path: Path
) -> None:
    narrated()
    lexicon = tmp_path / "lexicon.txt"
    lexicon.write_text("harbour = haven\nzebra = horse\n")
    assert narrated(lexicon=lexicon).speaking.num_takes == 1


def test_a_lexicon_edited_meanwhile_counts_for_the_next_run(
    narrated: Narrate, tmp_path: Path
) -> None:
    lexicon = tmp_path / "lexicon.txt"
    lexicon.write_text("harbour = haven\n")

    class Edit(SilentProgress):
        def update(self, event: ProgressEvent) -> None:
            lexicon.write_text("harbour = dock\n")

    book = open_book(tmp_path / "book.txt")
    target = tmp_path / "out"
    options = NarrationOptions(target, ("wav",), lexicon=lexicon, jobs=1, nice=0)
    narrate(book, options, Edit())
    edited = digests(target)
    lexicon.write_text("harbour = haven\n")
    narrated(lexicon=lexicon, output=tmp_path / "b", job_folder=tmp_path / "job")
    assert digests(tmp_path / "b") == edited
    lexicon.write_text("harbour haven without a sign of equality\n")
    with pytest.raises(ConfigError, match=str(lexicon)):
        narrated(lexicon=lexicon)


def test_an_unrecorded_file_of_another_text_is_never_published(
    narrated: Narrate, tmp_path: Path
) -> None:
    narrated()
    before = digests(tmp_path / "out")
    # An edited chapter was complete when the run was killed; then the edit was undone.
    staging = tmp_path / "out" / ".edgetts-job" / "out"
    (staging / "01 CHAPTER I.wav").write_bytes(b"another text")
    leftover = tmp_path / "out" / ".book.times.json.0123abcd.part"
    leftover.write_bytes(b"half")
    narrated()
    assert digests(tmp_path / "out") == before
    assert not leftover.exists()


def test_a_book_too_long_for_wav_is_refused_before_it_is_spoken(
    narrated: Narrate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_tts.narrate.wav_limit.MAX_WAV_BYTES", 100_000)
    with pytest.raises(ConfigError, match=r"give -o .*book\.flac or a folder"):
        narrated(output=tmp_path / "book.wav", formats=())
    with Job(tmp_path / ".book.wav.edgetts-job") as job:
        assert not list(job.journal.takes())


def test_a_record_that_is_no_json_is_spoken_again(
    narrated: Narrate, tmp_path: Path
) -> None:
    narrated()
    before = digests(tmp_path / "out")
    journal = tmp_path / "out" / ".edgetts-job" / "journal.sqlite"
    with sqlite3.connect(journal) as database:
        database.execute(
            "UPDATE take SET record = replace(record, '{', '[') WHERE key = "
            "(SELECT MAX(key) FROM take)"
        )
    mended = narrated()
    assert len(mended.damaged) == 1 and mended.speaking.num_takes == 1
    assert digests(tmp_path / "out") == before


def test_pauses_are_changed_without_speaking(narrated: Narrate) -> None:
    from edge_tts.narrate.pauses import Pauses

    first = narrated()
    longer = narrated(pauses=Pauses(paragraph=1600))
    assert longer.speaking.num_takes == 0
    assert longer.audio_seconds > first.audio_seconds + 0.9


def test_redo_takes_another_seed_and_keeps_it(
    narrated: Narrate, tmp_path: Path
) -> None:
    narrated()
    times = json.loads((tmp_path / "out" / "book.times.json").read_text())
    sentence = times["chapters"][0]["sentences"][1]["id"]
    before = digests(tmp_path / "out")
    assert narrated(redo=(sentence,)).speaking.num_takes == 1
    after = digests(tmp_path / "out")
    assert after["01 CHAPTER I.wav"] != before["01 CHAPTER I.wav"]
    assert narrated().speaking.num_takes == 0
    assert digests(tmp_path / "out") == after
    with pytest.raises(ConfigError, match="no such sentence"):
        narrated(redo=("nonsense",))


def test_verify_mends_what_was_damaged(narrated: Narrate, tmp_path: Path) -> None:
    narrated()
    before = digests(tmp_path / "out")
    segment = tmp_path / "out" / ".edgetts-job" / "audio" / "000001.pcm"
    data = bytearray(segment.read_bytes())
    data[5000] ^= 0x40
    segment.write_bytes(data)
    mended = narrated(verify=True)
    assert len(mended.damaged) == 1 and mended.speaking.num_takes == 1
    assert digests(tmp_path / "out") == before
    assert narrated(verify=True).damaged == []


def test_a_shortened_store_is_mended(narrated: Narrate, tmp_path: Path) -> None:
    narrated()
    before = digests(tmp_path / "out")
    segment = tmp_path / "out" / ".edgetts-job" / "audio" / "000001.pcm"
    segment.write_bytes(segment.read_bytes()[:200_000])
    assert narrated(verify=True).damaged
    assert digests(tmp_path / "out") == before


def test_chapters_and_preview(narrated: Narrate, tmp_path: Path) -> None:
    second = narrated(chapters="2", output=tmp_path / "two")
    assert second.plan.num_chapters == 1
    assert [p.name for p in (tmp_path / "two").glob("*.wav")] == ["02 CHAPTER II.wav"]
    short = narrated(preview_seconds=4.0, output=tmp_path / "short")
    assert short.audio_seconds < 9.0
    assert "(preview)" in next((tmp_path / "short").glob("*.wav")).name
    with pytest.raises(ConfigError, match="nothing to narrate"):
        narrated(chapters="7")


def test_leftovers_of_deselected_chapters_are_removed(
    narrated: Narrate, tmp_path: Path
) -> None:
    narrated()
    # As a kill before the renaming leaves them.
    staging = tmp_path / "out" / ".edgetts-job" / "out"
    for name in ("01 CHAPTER I.wav", "02 CHAPTER II.wav"):
        (tmp_path / "out" / name).rename(staging / name)
    narrated(chapters="2")
    assert list(staging.iterdir()) == []
    assert [p.name for p in (tmp_path / "out").glob("*.wav")] == ["02 CHAPTER II.wav"]


def test_the_command_lists_without_a_job(
    speaks: None, book_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["narrate", str(book_file), "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split()[1] == "21" and "CHAPTER I" in lines[2]
    assert not (book_file.parent / ".edgetts-job").exists()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_an_m4b_with_chapters(
    speaks: None, book_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.narrate.test_formats import probe

    target = book_file.with_suffix(".m4b")
    words = ["narrate", str(book_file), "-o", str(target), "--subtitles", "srt"]
    assert main([*words, "--json-progress", "--nice", "0"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "done"
    shown = probe(target)
    assert shown.count("[CHAPTER]") == 2
    assert "TAG:title=CHAPTER II" in shown and "codec_name=aac" in shown
    seconds = events[-1]["audio_seconds"]
    assert f"duration={int(seconds)}." in shown
    assert book_file.with_suffix(".srt").read_text().startswith("1\n00:00:00,")


def png() -> bytes:
    """A red square."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    header = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\xff\0\0" * 16 for _ in range(16))
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
@pytest.mark.parametrize("good", [True, False])
def test_an_epub_gives_its_title_and_cover(
    speaks: None, tmp_path: Path, good: bool
) -> None:
    from tests.narrate.test_formats import probe

    item = '<item id="c" href="c.png" media-type="image/png" properties="cover-image"/>'
    data = epub(
        {"a.xhtml": page("<h1>One</h1><p>It began.</p>")},
        extra_items=item,
        files={"OEBPS/c.png": png() if good else png()[:20] + bytes(40)},
    )
    book, target = tmp_path / "b.epub", tmp_path / "out"
    book.write_bytes(data)
    words = ["narrate", str(book), "-o", str(target), "--format", "m4b,mp3"]
    assert main([*words, "--nice", "0", "--jobs", "1"]) == 0
    m4b = probe(target / "A Book.m4b")
    assert "TAG:artist=A. Writer" in m4b and "TAG:album=A Book" in m4b
    assert ("width=16" in m4b) is good
    mp3 = probe(target / "01 One.mp3")
    assert "TAG:title=One" in mp3 and "TAG:track=1/1" in mp3


def test_what_is_left_out_can_be_asked_for(
    speaks: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = (
        '<p>One <span epub:type="pagebreak" title="12"/>two'
        '<a epub:type="noteref" href="#n">1</a>.</p><pre><code>x = 1</code></pre>'
        '<aside epub:type="footnote" id="n"><p>Three more words.</p></aside>'
    )
    book = tmp_path / "b.epub"
    book.write_bytes(epub({"a.xhtml": page(body)}))

    def num_words(*more: str) -> int:
        assert main(["narrate", str(book), "--list", "--json", *more]) == 0
        listed = json.loads(capsys.readouterr().out)
        return sum(chapter["words"] for chapter in listed["chapters"])

    plain = num_words()
    assert num_words("--page-numbers") == plain + 2
    assert num_words("--footnotes", "inline") == plain + 3
    assert num_words("--code") > plain


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give -o DIR or -o FILE.m4b"),
        (["-o", "x", "--format", "aac"], "must be among"),
        (["-o", "x", "--chapters", "z"], "chapters must look like"),
        (["-o", "x", "--lufs", "loud"], "expected a number or 'off'"),
        (["-o", "x", "--pause-chapter", "-1"], "pause of a chapter"),
    ],
)
def test_wrong_usage(
    book_file: Path,
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["narrate", str(book_file), *words]) == 2
    assert message in capsys.readouterr().err
