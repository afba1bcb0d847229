from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.audio import WordMark
from edge_tts.audio.subtitles import SubtitleWriter
from edge_tts.errors import SinkError

RATE = 22_050


def spoken(text: str, utterance: int = 0, start: int = 0) -> list[WordMark]:
    marks = []
    for word in text.split():
        marks.append(WordMark(word, start, 7_000, utterance))
        start += 8_000
    return marks


def written(path: Path, format_name: str, marks: list[WordMark]) -> str:
    writer = SubtitleWriter(path, format_name, RATE)
    for mark in marks:
        writer.add([mark])
    assert not path.exists()
    writer.commit()
    return path.read_text(encoding="utf-8")


def test_srt_text_is_exact(tmp_path: Path) -> None:
    marks = spoken("One fish.") + spoken("Two fish.", 1, 40_000)
    assert written(tmp_path / "a.srt", "srt", marks) == (
        "1\n00:00:00,000 --> 00:00:00,680\nOne fish.\n\n"
        "2\n00:00:01,814 --> 00:00:02,494\nTwo fish.\n\n"
    )


def test_vtt_text_is_exact_and_escaped(tmp_path: Path) -> None:
    marks = [WordMark("<b>&", 3600 * RATE, 11_025, 0)]
    assert written(tmp_path / "a.vtt", "vtt", marks) == (
        "WEBVTT\n\n01:00:00.000 --> 01:00:00.500\n&lt;b&gt;&amp;\n\n"
    )


def test_arrow_in_the_text_cannot_break_srt(tmp_path: Path) -> None:
    content = written(tmp_path / "a.srt", "srt", [WordMark("a\n\n-->", 0, 9, 0)])
    assert content.count("-->") == 1 and "a →" in content


def test_long_sentence_breaks_at_the_clause(tmp_path: Path) -> None:
    text = (
        "It was the best of times and the worst of all times, "
        "it was the age of wisdom and of foolishness, it was the epoch of belief."
    )
    content = written(tmp_path / "a.srt", "srt", spoken(text))
    cues = [block.split("\n", 2)[2] for block in content.strip().split("\n\n")]
    assert " ".join(" ".join(cues).split()) == text
    assert cues[0].replace("\n", " ").endswith("times,")
    assert all(len(line) <= 60 for cue in cues for line in cue.split("\n"))


@settings(max_examples=40, deadline=None)
@given(
    words=st.lists(
        st.tuples(
            st.text(min_size=1, max_size=30),
            st.integers(0, 30_000),
            st.integers(0, 60_000),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_no_word_is_lost_and_times_never_run_back(
    tmp_path_factory: pytest.TempPathFactory,
    words: list[tuple[str, int, int, bool]],
) -> None:
    marks, position, utterance = [], 0, 0
    for text, gap, length, is_new in words:
        utterance += is_new
        position += gap
        marks.append(WordMark(text, position, length, utterance))
        position += length
    path = tmp_path_factory.mktemp("subtitles") / "a.srt"
    content = written(path, "srt", marks)
    times = re.findall(r"^(\S+) --> (\S+)$", content, re.MULTILINE)
    flat = [time for pair in times for time in pair]
    assert flat == sorted(flat)


def test_discard_leaves_nothing(tmp_path: Path) -> None:
    writer = SubtitleWriter(tmp_path / "a.srt", "srt", RATE)
    writer.add(spoken("Gone."))
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_unknown_format_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="srt, vtt"):
        SubtitleWriter(tmp_path / "a.ass", "ass", RATE)


def test_joined_words_stay_together(tmp_path: Path) -> None:
    marks = [
        WordMark("“Snow-", 0, 90, 0, joined=True),
        WordMark("white,", 90, 90, 0),
        WordMark("he", 180, 90, 0),
    ]
    assert "\n“Snow-white, he\n" in written(tmp_path / "a.srt", "srt", marks)
