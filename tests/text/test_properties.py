"""Whatever the text, the layer neither crashes nor loses a character or a word."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_tts.errors import TextError
from edge_tts.text import Frontend, Pause, Utterance
from edge_tts.text.phonemes import PAUSES, SILENCE, SYMBOL_IDS, TERMINALS, VOWELS
from edge_tts.text.utterance_builder import MAX_TOKENS, MAX_WORDS

FRONTEND = Frontend()
WORDS = """
Mr. St. Dr. etc. e.g. U.S. J. No. 5 the The He said, "What?" I... -- ( ) [ ] { }
3.14 1,234 $5 £3m 10:30 p.m. 1990s 1/2 50% 20 °C 5km http://a.b/c x@y.com a_b aB I II
XIV NASA FBI CDs don't 'tis rock 'n' roll é ß 日本 Привет 🎉 \u200b \ufeff \x00 \x1b ½ …
— – * ** # ## > < & @ + = ~ ^ | \\ / . ! ? ; : , ' " ` 00 007 -5 +1 #1
"""
FRAGMENTS = st.sampled_from(WORDS.split())
BREAKS = st.sampled_from(["\n", "\n\n", " ", ""])
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(FRAGMENTS, max_size=40).map(" ".join),
    st.lists(FRAGMENTS | st.sampled_from(["\n", "\n\n", " ", ""]), max_size=40).map(
        "".join
    ),
    st.text("abcXYZ019 .,!?'\"\n-$%/:()[]", max_size=300),
)


def utterances(text: str | list[str]) -> list[Utterance]:
    try:
        return list(FRONTEND.utterances(text))
    except TextError:
        return []


def check(source: str, found: list[Utterance]) -> None:
    position = 0
    for utterance in found:
        assert utterance.start >= position
        assert not re.search("[A-Za-z0-9]", skipped(source[position : utterance.start]))
        assert source[utterance.start : utterance.end] == utterance.text
        check_utterance(source, utterance)
        position = utterance.end
    assert not re.search("[A-Za-z0-9]", skipped(source[position:]))


def skipped(text: str) -> str:
    """Text without the mark-up that is silent on purpose."""
    return re.sub(r"<[^<>]*>", "", text)


def check_utterance(source: str, utterance: Utterance) -> None:
    tokens = utterance.tokens
    assert all(token.symbol in SYMBOL_IDS for token in tokens)
    assert tokens[0].symbol == SILENCE
    assert tokens[-1].symbol in (*TERMINALS, ",", ";", ":")
    if utterance.pause is not Pause.CLAUSE:
        assert tokens[-1].symbol in TERMINALS
    for token in tokens:
        assert (token.stress > 0) == (token.symbol in VOWELS)
        assert 0 <= token.word_position <= 3
    assert len(tokens) <= MAX_TOKENS + 2
    assert 0 < len(utterance.words) <= MAX_WORDS
    position, last = utterance.start, 0
    for word in utterance.words:
        assert position <= word.start < word.end <= utterance.end
        assert source[word.start : word.end] == word.text
        assert last < word.first_token <= word.last_token < len(tokens) - 1
        spoken = tokens[word.first_token : word.last_token + 1]
        assert all(token.symbol not in PAUSES for token in spoken)
        position, last = word.end, word.last_token


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_any_text_keeps_the_contract(text: str) -> None:
    check(text, utterances(text))


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_pieces_give_the_same_as_the_whole(text: str, sizes: list[int]) -> None:
    pieces, position, turn = [], 0, 0
    while position < len(text):
        size = sizes[turn % len(sizes)]
        # A piece that ends a line asks for an early answer: not meant here.
        while text[position : position + size].endswith("\n"):
            size += 1
            if position + size > len(text):
                break
        pieces.append(text[position : position + size])
        position += size
        turn += 1
    assert utterances(pieces) == utterances(text)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_speakable_is_what_yields(text: str) -> None:
    try:
        assert FRONTEND.is_speakable(text) == bool(utterances(text))
    except TextError:
        assert "[[" in text


@given(st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_every_word_is_spoken(words: list[str]) -> None:
    found = utterances(" ".join(words))
    assert [w.text for u in found for w in u.words] == words


@given(st.integers(0, 10**40), st.sampled_from(["", ".5", "%", " km", "th"]))
@settings(max_examples=100, deadline=None)
def test_every_figure_is_spoken(number: int, tail: str) -> None:
    text = f"{number}{tail}"
    found = utterances(text)
    covered = "".join(w.text for u in found for w in u.words)
    assert covered.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    "unit", ["A.", "1", "1.", "a@", "a/", "a-", "x_", "B", "1,", "Mr.", "w.w", "5km"]
)
def test_no_repetition_makes_a_long_utterance(unit: str) -> None:
    text = unit * (3000 // len(unit))
    check(text, utterances(text))


@pytest.mark.parametrize("size", [1_000, 100_000])
def test_one_huge_word_comes_in_bounded_utterances(size: int) -> None:
    found = utterances("x" * size + " " + "ab" * (size // 2))
    check("x" * size + " " + "ab" * (size // 2), found)
    assert sum(len(w.text) for u in found for w in u.words) == 2 * size
