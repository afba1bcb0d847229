"""The journal: takes survive, damage is noticed, two processes do not meet."""

from __future__ import annotations

import errno
import fcntl
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_tts.errors import SinkError, StreamStateError
from edge_tts.narrate.audio_store import AudioStore
from edge_tts.narrate.job import Job
from edge_tts.narrate.journal import Journal, Planned, PlannedChapter
from edge_tts.narrate.sentence import Sentence
from edge_tts.narrate.take import Extent, SpokenMark, Take
from edge_tts.narrate.verification import verify_takes

TAKE = Take(
    key="k1",
    extent=Extent(1, 0, 8),
    audio_hash="",
    marks=(SpokenMark("Größe", 1, 2), SpokenMark('"', 3, 4)),
    seed=4294967295,
    attempts=2,
    problems=("silent",),
    peak=0.25,
    rms_db=-23.5,
    num_words=2,
    lost_words=("x",),
)


def planned(position: int, text: str, key: str, chapter: int = 1) -> Planned:
    sentence = Sentence(f"id{position}", chapter, text, "edge-en/kathleen")
    return Planned(position, sentence, key, 7)


def test_a_take_survives_the_journal(job: Job) -> None:
    with job.journal.transaction():
        job.journal.add_take(TAKE)
    assert job.journal.take("k1") == TAKE
    assert job.journal.used_extent() == TAKE.extent
    assert Journal(job.folder, read_only=True).take("k1") == TAKE


def test_equal_keys_are_missing_once_and_in_order(job: Job) -> None:
    with job.journal.transaction():
        job.journal.add_chapter(PlannedChapter(1, "One", 3))
        for position, key in enumerate(["b", "a", "b", "c"]):
            job.journal.add_sentence(planned(position, "Hm.", key))
        job.journal.add_take(replace(TAKE, key="c"))
    assert [p.key for p in job.journal.missing(-1, 10)] == ["b", "a"]
    assert [p.key for p in job.journal.missing(0, 10)] == ["a"]
    assert len(job.journal.all_by_key("b")) == 2
    assert job.journal.count("missing") == 3
    assert list(job.journal.sentences(1))[2] == planned(2, "Hm.", "b")


def test_a_transaction_is_all_or_nothing(job: Job) -> None:
    with pytest.raises(KeyboardInterrupt), job.journal.transaction():
        job.journal.add_take(TAKE)
        raise KeyboardInterrupt
    assert job.journal.take("k1") is None


def test_a_damaged_row_is_no_take(job: Job) -> None:
    with job.journal.transaction():
        job.journal.add_take(TAKE)
    with sqlite3.connect(job.folder / "journal.sqlite") as database:
        database.execute("UPDATE take SET record = replace(record, '0.25', '0.26')")
    assert job.journal.damaged_keys() == ["k1"]
    assert job.journal.take("k1") is None


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    Journal(tmp_path).set_meta("format", "99")
    with pytest.raises(SinkError, match="journal format 99, expected 1"):
        Journal(tmp_path)


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"nonsense " * 1000)
    with pytest.raises(SinkError, match="cannot use the journal"):
        Journal(tmp_path)


def test_a_second_process_is_told_who_works(job: Job) -> None:
    with pytest.raises(StreamStateError, match=r"process \d+ is narrating"):
        Job(job.folder)


def test_a_disk_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(SinkError, match="no file locks"):
        Job(tmp_path)


def test_a_job_can_be_opened_again(tmp_path: Path) -> None:
    with Job(tmp_path):
        pass
    with Job(tmp_path):
        pass


def test_bytes_behind_the_journal_are_cut_off(tmp_path: Path) -> None:
    store = AudioStore(tmp_path, segment_bytes=16)
    store.begin(None, [])
    extents = [store.append(bytes([number]) * 8) for number in range(5)]
    store.sync()
    store.close()
    assert [e.segment for e in extents] == [1, 1, 2, 2, 3]
    # The journal knows three of them: a killed run wrote the rest.
    again = AudioStore(tmp_path, segment_bytes=16)
    again.begin(extents[2], [1, 2])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "000001.pcm",
        "000002.pcm",
    ]
    assert again.append(b"\7" * 8) == Extent(2, 8, 8)
    np.testing.assert_array_equal(again.read(extents[1]), np.full(4, 0x0101, np.int16))


def test_samples_that_are_gone_are_an_error(tmp_path: Path) -> None:
    store = AudioStore(tmp_path)
    store.begin(None, [])
    with pytest.raises(SinkError, match="--verify"):
        store.read(Extent(4, 0, 8))


def test_a_shortened_segment_is_left_alone(tmp_path: Path) -> None:
    store = AudioStore(tmp_path)
    store.begin(None, [])
    extent = store.append(b"\1" * 64)
    store.close()
    (tmp_path / "000001.pcm").write_bytes(b"\1" * 10)
    again = AudioStore(tmp_path)
    again.begin(extent, [1])
    assert again.append(b"\2" * 8).segment == 2
    with pytest.raises(SinkError, match="expected 64 bytes"):
        again.read(extent)


def test_verify_names_takes_whose_samples_changed(job: Job) -> None:
    from edge_tts.narrate.take import audio_hash

    data = bytes(range(16))
    with job.journal.transaction():
        for key in ("good", "bad"):
            extent = job.store.append(data)
            job.journal.add_take(
                replace(TAKE, key=key, extent=extent, audio_hash=audio_hash(data))
            )
    job.store.sync()
    path = job.folder / "audio" / "000001.pcm"
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)
    assert verify_takes(job) == ["bad"]
