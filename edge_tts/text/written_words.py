"""Owns ``written_words``: the words of an utterance with their punctuation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from edge_tts.text.utterance import Utterance


class WrittenWord(NamedTuple):
    """One word as captions show it."""

    text: str
    """Slice of the source: the word and the punctuation that belongs to it."""
    joined: bool
    """Whether the next word follows without a space, as after a hyphen."""


def written_words(utterance: Utterance) -> Iterator[WrittenWord]:
    """One for each of ``utterance.words``.

    Signs behind a word belong to it, up to the last space; those behind that space,
    such as opening quotation marks, to the next word. Unspoken words belong to none.
    """
    text, words = utterance.text, utterance.words
    taken = 0
    for number, word in enumerate(words):
        start, end = word.start - utterance.start, word.end - utterance.start
        last = number + 1 == len(words)
        limit = len(text) if last else words[number + 1].start - utterance.start
        start -= _signs(text[taken:start][::-1])
        gap = text[end:limit]
        spaces = [place for place, sign in enumerate(gap, 1) if sign.isspace()]
        cut = len(gap) if last or not spaces else spaces[-1]
        taken = end + _signs(gap[:cut])
        yield WrittenWord(text[start:taken].strip(), not last and not spaces)


def _signs(text: str) -> int:
    """Length of the start of a text that holds neither letter nor digit."""
    return next((i for i, sign in enumerate(text) if sign.isalnum()), len(text))
