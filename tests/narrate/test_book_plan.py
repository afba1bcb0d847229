"""From blocks to sentences: voices, pauses, readings, ids that stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.errors import ConfigError, PackError
from edge_tts.narrate.block import Block, BlockKind
from edge_tts.narrate.book import Book, BookMetadata
from edge_tts.narrate.book_plan import BookPlan, PlanOptions
from edge_tts.narrate.chapter import Chapter, ChapterHandle
from edge_tts.narrate.lexicon_use import LexiconUse
from edge_tts.narrate.sentence import JOINT, Sentence
from edge_tts.narrate.voice_map import VoiceMap, read_voice_map
from edge_tts.text.span import Reading, ReadingKind, Span, SpeechStyle
from edge_tts.text.word_count import count_words

NARRATOR = "edge-en/kathleen"


def paragraph(*spans: Span | str) -> Block:
    made = tuple(Span(span) if isinstance(span, str) else span for span in spans)
    return Block(BlockKind.PARAGRAPH, made)


def book_of(*blocks: Block, title: str = "", name: str = "") -> Book:
    chapter = Chapter("c1", title, blocks)
    handle = ChapterHandle("c1", title, 0, lambda: chapter)
    return Book(BookMetadata(title=name, author="Ann Author"), (handle,))


def sentences(
    book: Book,
    roles: dict[str, str] | None = None,
    *,
    titles: bool = True,
    first: bool = False,
) -> list[Sentence]:
    options = PlanOptions(VoiceMap(NARRATOR, roles or {}), titles=titles)
    return list(BookPlan(book, options).sentences(1, first=first))


def test_sentences_paragraphs_and_scenes_have_their_pauses() -> None:
    scene = Block(BlockKind.SCENE_BREAK)
    found = sentences(book_of(paragraph("One. Two."), paragraph("Three."), scene,
                              paragraph("Four.")))  # fmt: skip
    assert [(s.text, s.pause_ms) for s in found] == [
        ("One.", 220),
        ("Two.", 600),
        ("Three.", 1500),
        ("Four.", 2000),
    ]


def test_a_break_takes_the_place_of_the_usual_pause() -> None:
    found = sentences(book_of(paragraph("One.", Span(break_ms=50), "Two.")))
    assert [s.pause_ms for s in found] == [50, 2000]


def test_dialogue_is_spoken_by_another_voice() -> None:
    text = '\u201cCome in,\u201d he said, \u201cand sit.\u201d So "they" sat.'
    found = sentences(book_of(paragraph(text)), {"dialogue": "edge-en/bdl"})
    assert [(s.voice[8:], s.text) for s in found] == [
        ("bdl", "\u201cCome in,\u201d"),
        ("kathleen", "he said,"),
        ("bdl", "\u201cand sit.\u201d"),
        ("kathleen", "So"),
        ("bdl", '"they"'),
        ("kathleen", "sat."),
    ]
    # Within a sentence the turn is quick.
    assert found[0].pause_ms == found[1].pause_ms == 80
    assert found[2].pause_ms == 220


def test_a_phrase_goes_on_where_only_its_delivery_changes() -> None:
    slow, loud = SpeechStyle(speed=0.9), SpeechStyle(volume=3.0)
    other = SpeechStyle(voice="bdl")
    found = sentences(
        book_of(
            paragraph("He was ", Span("very", slow), " tired,", Span(" and", loud),
                      Span(" she ", other), "sat.")
        )
    )  # fmt: skip
    assert [(s.text, s.pause_ms) for s in found] == [
        ("He was", JOINT),
        ("very", JOINT),
        # Behind a comma, and where another voice comes in, there is a pause.
        ("tired,", 80),
        ("and", 80),
        ("she", 80),
        ("sat.", 2000),
    ]


def test_a_quotation_that_is_not_closed_ends_with_the_paragraph() -> None:
    found = sentences(
        book_of(paragraph("\u201cOne. Two."), paragraph("Three.")),
        {"dialogue": "edge-en/bdl"},
    )
    assert [s.voice[8:] for s in found] == ["bdl", "bdl", "kathleen"]


def test_marks_name_roles_or_voices() -> None:
    anna = Span("Hello. ", SpeechStyle(voice="Anna"))
    slt = Span("Hi.", SpeechStyle(voice="slt"))
    found = sentences(book_of(paragraph(anna, slt)), {"anna": "edge-en/lj"})
    assert [s.voice for s in found] == ["edge-en/lj", "edge-en/slt"]
    with pytest.raises(PackError, match="no voice 'nobody'"):
        sentences(book_of(paragraph(Span("Hi.", SpeechStyle(voice="nobody")))))


def test_styles_multiply_speed_and_stay_in_range() -> None:
    fast = Span("Fast.", SpeechStyle(speed=50.0, pitch=2.0, volume=float("-inf")))
    (found,) = sentences(book_of(paragraph(fast)))
    assert (found.speed, found.pitch, found.volume) == (4.0, 2.0, -60.0)


def test_readings_stay_with_their_words() -> None:
    saint = Span("St. John", reading=Reading(ReadingKind.ALIAS, "Saint John"))
    found = sentences(book_of(paragraph("He met ", saint, ". She too.")))
    assert [s.text for s in found] == ["He met St. John.", "She too."]
    assert "Saint John" in found[0].spans and not found[1].spans


def test_lines_of_verse_are_kept_apart() -> None:
    verse = Block(BlockKind.VERSE, (Span("One line,\nand another\n"),))
    assert [s.text for s in sentences(book_of(verse))] == ["One line,", "and another"]


def test_titles_are_announced_once() -> None:
    heading = Block(BlockKind.HEADING, (Span("Chapter One"),))
    body = paragraph("It began.")
    with_heading = book_of(heading, body, title="Chapter One", name="The Book")
    texts = [s.text for s in sentences(with_heading, first=True)]
    assert texts == ["The Book, by Ann Author.", "Chapter One", "It began."]
    without = book_of(body, title="Chapter One", name="The Book")
    assert [s.text for s in sentences(without)] == ["Chapter One", "It began."]
    assert [s.text for s in sentences(with_heading, titles=False)] == ["It began."]


def test_rows_of_stops_are_no_sentences() -> None:
    found = sentences(book_of(paragraph("* * *"), paragraph("...", " Yes.")))
    assert [s.text for s in found] == ["Yes."]


def test_no_word_is_lost_in_planning() -> None:
    text = " ".join(f"Word{n} \u201cand {n}.5 more,\u201d he said." for n in range(400))
    for roles in ({}, {"dialogue": "edge-en/bdl"}):
        found = sentences(book_of(paragraph(text)), roles)
        assert sum(count_words(s.text) for s in found) == count_words(text)


def test_an_edit_moves_no_other_id() -> None:
    before = sentences(book_of(paragraph("One. Yes. Two. Yes.")))
    after = sentences(book_of(paragraph("One. Yes. Two and a half. Yes.")))
    ids = [s.id for s in before]
    assert [s.id for s in after] == [ids[0], ids[1], after[2].id, ids[3]]
    assert after[2].id != ids[2] and len({*ids}) == 4


def test_a_voice_map_is_read(tmp_path: Path) -> None:
    path = tmp_path / "voices.txt"
    path.write_text("# who\nnarrator = slt\nAnna = edge-en/lj  # a comment\n")
    found = read_voice_map("kathleen", path)
    assert found.narrator == "edge-en/slt"
    assert found.voice("ANNA") == "edge-en/lj"
    path.write_text("Anna lj\n")
    with pytest.raises(ConfigError, match=r"voices.txt:1: expected 'role = voice'"):
        read_voice_map("kathleen", path)


@pytest.mark.parametrize(
    ("text", "touched"),
    [
        ("A Tomato fell.", ["tomato T AH0 M AA1 T OW0"]),
        ("Tomatoes fell.", []),
        ("The tomato\u2019s skin.", ["tomato T AH0 M AA1 T OW0"]),
        ("I like c++.", ["C++ = see plus plus"]),
        ("Nothing.", []),
    ],
)
def test_entries_that_touch_a_sentence(
    tmp_path: Path, text: str, touched: list[str]
) -> None:
    path = tmp_path / "lexicon.txt"
    path.write_text("# mine\ntomato\tT AH0 M AA1 T OW0 # note\nC++ = see plus plus\n")
    assert LexiconUse(path).entries(text) == touched
