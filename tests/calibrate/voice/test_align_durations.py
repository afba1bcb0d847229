"""Durations on disk and the comparison with foreign labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibrate.voice.align_durations import (
    AlignedClip,
    mel_durations,
    read_durations,
    write_durations,
)
from calibrate.voice.errors import DatasetError
from edge_tts.text.phonemes import SHORT_PAUSE

UNITS = (("SIL", 0, 0), ("AA", 2, 3), (SHORT_PAUSE, 0, 0), ("B", 0, 3), (".", 0, 0))


def test_round_trip(tmp_path: Path) -> None:
    clip = AlignedClip("lj_1", UNITS, np.array([3, 5, 4, 0, 9]))
    path = tmp_path / "durations.tsv"
    write_durations(path, [clip])
    read = read_durations(path)["lj_1"]
    assert read.tokens == clip.tokens
    assert read.durations.tolist() == clip.durations.tolist()
    assert [p.name for p in tmp_path.iterdir()] == ["durations.tsv"]


def test_missing_and_foreign_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="run the step align"):
        read_durations(tmp_path / "durations.tsv")
    foreign = tmp_path / "other.tsv"
    foreign.write_text("a\tb\n")
    with pytest.raises(DatasetError, match="expected columns"):
        read_durations(foreign)


def test_durations_fill_the_clip_and_keep_long_pauses() -> None:
    clip = mel_durations("x", UNITS, np.array([0, 8, 20, 32, 40, 50]), 26)
    assert [t[0] for t in clip.tokens] == ["SIL", "AA", SHORT_PAUSE, "B", "."]
    assert clip.durations.tolist() == [4, 6, 6, 4, 6]


def test_a_very_short_pause_joins_the_phoneme_before() -> None:
    clip = mel_durations("x", UNITS, np.array([0, 8, 20, 26, 40, 50]), 25)
    assert [t[0] for t in clip.tokens] == ["SIL", "AA", "B", "."]
    assert clip.durations.tolist() == [4, 9, 7, 5]


def test_labels_are_compared_without_their_constant_offset(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    from calibrate.voice.align_check import boundary_report, read_phone_labels
    from calibrate.voice.align_train import AlignmentClip
    from calibrate.voice.align_units import build_chain

    phones = ("AA", "B", "IY", "S", "M", "T", "AA", "B")
    tokens = [("SIL", 0, 0), *((p, 0, 0) for p in phones), (".", 0, 0)]
    chain = build_chain(tokens)
    path = np.repeat(np.arange(len(chain.states)), 3).astype(np.int32)
    clip = AlignmentClip("slt_x", "slt", np.zeros((len(path), 39), np.float32), chain)
    clip.path = path
    ends = clip.boundaries()[1:] * 128 / 22050 + 0.5 - 0.010
    names = ["pau", *(p.lower() for p in phones), "pau"]
    labels = " ".join(f"{n}:{e:.6f}" for n, e in zip(names, ends, strict=True))
    file = tmp_path / "labels.tsv"
    file.write_text(f"file\tphones\nslt/x.opus\t{labels}\n")
    report = boundary_report([clip], {"slt_x": 0.5}, read_phone_labels(file))
    assert report.startswith(
        "9 boundaries, constant offset 10.0 ms; without it mean 0.0"
    )
    assert "no boundary" in boundary_report([clip], {"slt_x": 0.5}, {})
