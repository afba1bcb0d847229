"""Where sentences end, and that long ones are cut without loss."""

from __future__ import annotations

import pytest

from edge_tts.text import Frontend, Pause
from edge_tts.text.segmenter import MAX_SENTENCE, Segmenter

CASES = """
One. Two. | 2
Mr. Smith met Dr. Jones. They spoke. | 2
J. R. R. Tolkien wrote it. | 1
It was 5 p.m. He left. | 2
He came at 5 p.m. on Monday. | 1
She works for Acme Inc. in Ohio. | 1
We use tools, e.g. hammers. Good. | 2
"Really?" he asked. "Yes!" she said. | 2
"Really?" He left. | 2
Wait... what? No. | 2
Wait... He left. | 2
Pi is 3.14. Yes. | 2
See example.com. It works. | 2
Vitamin C. Then more. | 2
So do I. He too. | 2
He lived on Baker St. He died there. | 2
Visit St. Paul. It is big. | 2
See No. 5. It is odd. | 2
He met P. G. Wodehouse there. | 1
See p. 7. It is odd. | 2
He said (quietly.) Then left. | 2
Why?! Because! | 2
1. The first point. | 1
"""


@pytest.mark.parametrize("row", CASES.strip().splitlines())
def test_sentences(frontend: Frontend, row: str) -> None:
    text, count = row.split(" | ")
    assert len(list(frontend.utterances(text))) == int(count)


def test_blank_lines_make_paragraphs(frontend: Frontend) -> None:
    found = list(frontend.utterances("A title\n\nOne. Two.\nThree\nfour.\n \nFive"))
    assert [utterance.pause for utterance in found] == [
        Pause.PARAGRAPH,
        Pause.SENTENCE,
        Pause.SENTENCE,
        Pause.PARAGRAPH,
        Pause.PARAGRAPH,
    ]
    assert found[3].text == "Three\nfour."


def test_list_entries_are_sentences(frontend: Frontend) -> None:
    found = list(frontend.utterances("Buy:\n- milk\n- eggs\n* bread"))
    assert [utterance.text for utterance in found] == [
        "Buy:",
        "- milk",
        "- eggs",
        "* bread",
    ]


def test_a_long_sentence_is_cut_at_clauses(frontend: Frontend) -> None:
    text = ", ".join(["the quick brown fox jumps over the lazy dog"] * 30) + "."
    found = list(frontend.utterances(text))
    assert len(found) > 3
    assert all(utterance.pause is Pause.CLAUSE for utterance in found[:-1])
    assert all(utterance.text.endswith(",") for utterance in found[:-1])
    assert all(utterance.tokens[-1].symbol == "," for utterance in found[:-1])


def test_text_without_any_stop_is_cut_at_words(frontend: Frontend) -> None:
    text = "word " * 1000
    found = list(frontend.utterances(text))
    assert sum(len(utterance.words) for utterance in found) == 1000
    assert max(len(utterance.text) for utterance in found) <= MAX_SENTENCE


def test_an_unfinished_sentence_waits_until_asked(frontend: Frontend) -> None:
    heard: list[str] = []

    def pieces():  # type: ignore[no-untyped-def]
        yield "Hello"
        yield " there. How"
        yield " are"
        assert heard == ["Hello there."]
        yield " you"
        assert len(heard) == 1
        yield ""
        assert heard[1:] == ["How are you"]
        yield "A whole line.\n"
        assert heard[2:] == ["A whole line."]

    for utterance in frontend.utterances(pieces()):
        heard.append(utterance.text)
    assert len(heard) == 3


def test_lines_as_they_arrive_part_like_sentences(frontend: Frontend) -> None:
    found = list(frontend.utterances(["One.\n", "Two.\n\n", "Three\n", "", "Four.\n"]))
    assert [(utterance.text, utterance.pause) for utterance in found] == [
        ("One.", Pause.SENTENCE),
        ("Two.", Pause.PARAGRAPH),
        ("Three", Pause.SENTENCE),
        ("Four.", Pause.SENTENCE),
    ]


def test_nothing_is_held_but_the_open_sentence() -> None:
    segmenter = Segmenter()
    for _ in range(1000):
        assert len(list(segmenter.feed("A short sentence. "))) <= 1
    assert len(list(segmenter.flush())) == 1
