"""Words with their punctuation: put together they are the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.text import Frontend
from edge_tts.text.written_words import written_words


def _words(frontend: Frontend, text: str) -> list[tuple[str, bool]]:
    return [
        (word.text, word.joined)
        for utterance in frontend.utterances(text)
        for word in written_words(utterance)
    ]


def _together(words: list[tuple[str, bool]]) -> str:
    return "".join(
        text if joined else f"{text} " for text, joined in words
    ).strip()  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Come in,” said Anna.", ["“Come", "in,”", "said", "Anna."]),
        ("He left (or so I heard)...", ["He", "left", "(or", "so", "I", "heard)..."]),
        ("Well - no!", ["Well -", "no!"]),
        ("'Tis ‘odd’; yes?!", ["'Tis", "‘odd’;", "yes?!"]),
    ],
)
def test_signs_belong_to_the_word_they_touch(
    frontend: Frontend, text: str, expected: list[str]
) -> None:
    assert [word for word, _ in _words(frontend, text)] == expected


def test_a_dash_without_spaces_joins(frontend: Frontend) -> None:
    words = _words(frontend, "A snow-white cat—no, a dog.")
    assert _together(words) == "A snow-white cat—no, a dog."
    assert ("cat—", True) in words and ("no,", False) in words


PIECES = ["cat", "the", "Bob", "don't", "seven", "said"]
SIGNS = [" ", ", ", ". ", "-", "—", " “", "” ", "; ", " (", ") ", "... ", "!” "]


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(SIGNS)), min_size=1))
@settings(max_examples=60, deadline=None)
def test_nothing_but_spaces_is_lost(
    frontend: Frontend, pieces: list[tuple[str, str]]
) -> None:
    text = "".join(word + sign for word, sign in pieces)
    together = _together(_words(frontend, text))
    assert together.replace(" ", "") == text.replace(" ", "")
