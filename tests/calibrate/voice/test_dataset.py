"""The manifest: what is used, what is skipped with a reason, what is held out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calibrate.voice.dataset import held_out_arctic, read_manifest, sentence_id_of
from calibrate.voice.errors import DatasetError

MakeData = Callable[..., Path]


def test_clips_have_unique_names_and_sentence_ids(make_data: MakeData) -> None:
    data = make_data(["kathleen/arctic_a0002_159.wav", "slt/arctic_a0002.wav"])
    clips = read_manifest(data)
    assert [clip.uid for clip in clips] == [
        "kathleen_arctic_a0002_159",
        "slt_arctic_a0002",
    ]
    assert {clip.sentence_id for clip in clips} == {"a0002"}
    assert [clip.speaker_id for clip in clips] == [0, 2]


def test_held_out_sentence_is_held_out_in_every_voice(make_data: MakeData) -> None:
    held = sorted(held_out_arctic())[0]
    names = [f"kathleen/arctic_{held}_1.wav", f"bdl/arctic_{held}.wav"]
    clips = read_manifest(make_data([*names, "bdl/arctic_a9999.wav"]))
    assert [clip.held_out for clip in clips] == [True, True, False]


def test_the_same_words_elsewhere_are_held_out_too(make_data: MakeData) -> None:
    held = sorted(held_out_arctic())[0]

    def same_text(rows: list[dict[str, str]]) -> None:
        rows[0]["text"], rows[1]["text"] = "Once upon a time.", "once upon  a TIME"

    clips = read_manifest(
        make_data([f"slt/arctic_{held}.wav", "lj/LJ001-0001.wav"], same_text)
    )
    assert all(clip.held_out for clip in clips)


def test_split_is_pinned() -> None:
    held = held_out_arctic()
    assert len(held) == 30
    assert sorted(held)[:3] == ["a0039", "a0050", "a0060"]


def test_missing_file_and_empty_transcript_are_skipped(
    make_data: MakeData, caplog: pytest.LogCaptureFixture
) -> None:
    def damage(rows: list[dict[str, str]]) -> None:
        rows[0]["text"] = "  "
        rows[1]["file"] = "slt/arctic_a0404.wav"

    data = make_data([f"slt/arctic_a000{i}.wav" for i in range(1, 4)], damage)
    clips = read_manifest(data)
    assert [clip.uid for clip in clips] == ["slt_arctic_a0003"]
    assert "empty transcript" in caplog.text
    assert "missing recording" in caplog.text
    assert "2 of 3 rows skipped" in caplog.text


def test_unusable_manifests_are_errors(tmp_path: Path, make_data: MakeData) -> None:
    with pytest.raises(DatasetError, match="no manifest"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.tsv").write_text("file\tspeaker\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="missing seconds, text"):
        read_manifest(tmp_path)


def test_missing_recording_does_not_change_the_split(make_data: MakeData) -> None:
    names = [f"lj/LJ001-{i:04d}.wav" for i in range(1, 31)]
    data = make_data(names, seconds=0.1)
    before = {clip.uid for clip in read_manifest(data) if clip.held_out}
    gone = sorted(before)[0]
    (data / "lj" / f"{gone[3:]}.wav").unlink()
    after = {clip.uid for clip in read_manifest(data) if clip.held_out}
    assert after == before - {gone}


def test_sentence_id_is_that_of_arctic_or_the_stem() -> None:
    assert sentence_id_of("arctic_b0123_1592748574") == "b0123"
    assert sentence_id_of("LJ001-0002") == "LJ001-0002"
