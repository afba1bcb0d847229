"""Spans to utterances: readings, deliveries, marks; no word is lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.errors import TextError
from edge_tts.text import Frontend, Passage, Pause, Span, SpeechStyle
from edge_tts.text.passage import MarkPart, Silence, SpokenPart
from edge_tts.text.say_as import say_as_words
from edge_tts.text.sentences import sentences
from edge_tts.text.span import Emphasis, Reading, ReadingKind
from edge_tts.text.word_count import count_words, missing_words

ALIAS, PHONEMES, SAY_AS = ReadingKind.ALIAS, ReadingKind.PHONEMES, ReadingKind.SAY_AS


def spoken(frontend: Frontend, *spans: Span) -> list[SpokenPart]:
    parts = frontend.passage(Passage(spans))
    return [part for part in parts if isinstance(part, SpokenPart)]


def symbols(part: SpokenPart, word: int) -> str:
    span = part.utterance.words[word]
    tokens = part.utterance.tokens[span.first_token : span.last_token + 1]
    return " ".join(token.symbol for token in tokens)


def test_a_reading_replaces_the_sound_and_keeps_the_writing(
    frontend: Frontend,
) -> None:
    [part] = spoken(
        frontend,
        Span("Ask "),
        Span("Dr. Who. Inc.", reading=Reading(ALIAS, "Doctor Who")),
        Span(" about the "),
        Span("tomato", reading=Reading(PHONEMES, "T AH0 M AA1 T OW0")),
        Span("."),
    )
    texts = [word.text for word in part.utterance.words]
    assert texts == ["Ask", "Dr. Who. Inc.", "about", "the", "tomato"]
    assert symbols(part, 1) == "D AA K T ER HH UW"
    assert symbols(part, 4) == "T AH M AA T OW"
    assert part.utterance.pause is Pause.PARAGRAPH


def test_what_cannot_be_spoken_can_have_a_reading(frontend: Frontend) -> None:
    [part] = spoken(frontend, Span("\U0001f600", reading=Reading(ALIAS, "a smile")))
    assert symbols(part, 0) == "AH S M AY L"


def test_delivery_parts_a_sentence_and_emphasis_does_not(frontend: Frontend) -> None:
    low = SpeechStyle(pitch=-2.0)
    parts = spoken(frontend, Span("He said "), Span("no", low), Span(" and left."))
    assert [p.utterance.text for p in parts] == ["He said", "no", "and left."]
    assert [p.style.pitch for p in parts] == [0.0, -2.0, 0.0]
    assert parts[0].utterance.pause is Pause.CLAUSE
    strong = SpeechStyle(emphasis=Emphasis.STRONG)
    assert len(spoken(frontend, Span("He said "), Span("no", strong), Span("!"))) == 1


def test_breaks_and_marks_keep_their_places(frontend: Frontend) -> None:
    parts = list(
        frontend.passage(
            Passage(
                (
                    Span(mark="start"),
                    Span("One "),
                    Span(mark="two"),
                    Span("two."),
                    Span(break_ms=700),
                    Span("Three."),
                    Span(mark="end"),
                )
            )
        )
    )
    assert isinstance(parts[0], SpokenPart)
    first, second = parts[0].utterance.words
    assert parts[0].marks == ((first.first_token, "start"), (second.first_token, "two"))
    assert parts[1] == Silence(700)
    assert parts[3] == MarkPart("end")


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("characters", "aB-1", "a. b. dash one"),
        ("spell-out", "x\u00e9\u03b2", "x. e. beta"),
        ("digits", "90210", "nine zero two one zero"),
        ("cardinal", "1,024", "one thousand twenty four"),
        ("cardinal", "-3.50", "minus three point five zero"),
        ("cardinal", "XIV", "fourteen"),
        ("ordinal", "21", "twenty first"),
        ("ordinal", "3rd", "third"),
        ("telephone", "+1 (555) 01", "plus one five five five zero one"),
        ("date:dmy", "04/05/1999", "may fourth nineteen ninety nine"),
        ("date:mdy", "04/05/1999", "april fifth nineteen ninety nine"),
        ("date:ymd", "19990405", "april fifth nineteen ninety nine"),
        ("date:my", "5/1999", "may nineteen ninety nine"),
        ("time", "2:30pm", "two thirty pm."),
        ("time", "1'21\"", "one minute twenty one seconds"),
        ("date:dmy", "31/13/1999", None),
        ("cardinal", "many", None),
        ("time", "soon", None),
        ("klingon", "qapla", None),
    ],
)
def test_say_as(kind: str, text: str, words: str | None) -> None:
    found = say_as_words(kind, text)
    if words is None:
        assert found is None
    else:
        assert found is not None
        said = [word.text + "." * word.spelled for word in found]
        assert " ".join(said) == words


def test_long_spelling_comes_in_bounded_utterances(frontend: Frontend) -> None:
    text = "w9" * 3000
    parts = spoken(frontend, Span(text, reading=Reading(SAY_AS, "characters")))
    assert len(parts) > 50
    assert "".join(w.text for p in parts for w in p.utterance.words) == text


@pytest.mark.parametrize(
    "reading",
    [Reading(ALIAS, "word " * 41), Reading(PHONEMES, "AH " * 41)],
)
def test_readings_are_bounded(frontend: Frontend, reading: Reading) -> None:
    with pytest.raises(TextError, match="at most 40"):
        spoken(frontend, Span("x", reading=reading))


def test_nothing_to_speak_is_an_error(frontend: Frontend) -> None:
    with pytest.raises(TextError, match="nothing to speak"):
        list(frontend.passage(Passage((Span("..."), Span(mark="a")))))


WORDS = """
Mr. St. etc. U.S. the He said, "What?" I... -- 3.14 $5 10:30 p.m. 50% don't NASA word
Word. end! (x) a_b x@y.com [[AH0]] 1990s é β 日本 No. 5 J. K.
"""
TEXTS = st.one_of(
    st.lists(st.sampled_from([*WORDS.split(), "\n\n"]), max_size=12).map(" ".join),
    st.text("abZ01 .,!?'\n-", max_size=40),
)
STYLES = st.sampled_from(
    (
        SpeechStyle(),
        SpeechStyle(),
        SpeechStyle(pitch=1.0),
        SpeechStyle(speed=0.5),
        SpeechStyle(emphasis=Emphasis.STRONG),
    )
)
READINGS = st.sampled_from(
    (
        None,
        None,
        None,
        Reading(ALIAS, "two words"),
        Reading(PHONEMES, "AH0 | B IY1"),
        Reading(SAY_AS, "characters"),
        Reading(SAY_AS, "date:dmy"),
    )
)
SPANS = st.one_of(
    st.builds(Span, TEXTS, STYLES, READINGS),
    st.builds(lambda ms: Span(break_ms=ms), st.integers(0, 100)),
    st.just(Span(mark="m")),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SPANS, max_size=12))
def test_every_word_of_every_passage_is_spoken(spans: list[Span]) -> None:
    passage = Passage(tuple(spans))
    try:
        parts = list(Frontend().passage(passage))
    except TextError:
        assert not count_words(passage.text)
        return
    utterances = [part.utterance for part in parts if isinstance(part, SpokenPart)]
    assert missing_words(passage.text, utterances) == []
    for utterance in utterances:
        assert passage.text[utterance.start : utterance.end] == utterance.text
        for word in utterance.words:
            assert passage.text[word.start : word.end] == word.text
    silences = [part for part in parts if isinstance(part, Silence)]
    assert len(silences) == sum(span.break_ms is not None for span in spans)
    marks = sum(len(p.marks) for p in parts if isinstance(p, SpokenPart))
    marks += sum(isinstance(part, MarkPart) for part in parts)
    assert marks == sum(span.mark is not None for span in spans)


@settings(max_examples=300, deadline=None)
@given(st.lists(SPANS, max_size=12))
def test_sentences_joined_are_the_passage(spans: list[Span]) -> None:
    passage = Passage(tuple(spans))
    parts = list(sentences(passage))
    assert "".join(part.text for part in parts) == passage.text
    pieces = [span for part in parts for span in part.spans]
    for kept in ("break_ms", "mark"):
        wanted = [getattr(s, kept) for s in spans if getattr(s, kept) is not None]
        assert [
            getattr(s, kept) for s in pieces if getattr(s, kept) is not None
        ] == wanted
    assert [s for s in pieces if s.reading and s.text] == [
        s for s in spans if s.reading and s.text
    ]
