"""Counts the words of a text that can be spoken, and finds those that were not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from edge_tts.text.clean_text import clean_text
from edge_tts.text.foreign_letters import transliterate
from edge_tts.text.utterance import Utterance

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def count_words(text: str) -> int:
    """Number of words and figures with a letter or digit that the voice knows.

    A word is a run of letters and digits, apostrophes inside included, whatever it is
    read as: ``1984``, ``don't`` and ``NASA`` are one each, ``10:30`` is two.
    """
    return sum(1 for _ in word_spans(text))


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the words that ``count_words`` counts."""
    for found in _WORD.finditer(text):
        if _is_speakable(found[0]):
            yield found.span()


def missing_words(text: str, utterances: Iterable[Utterance]) -> list[str]:
    """Words of ``text`` that no word of its ``utterances`` covers; [] when complete."""
    spans = [(word.start, word.end) for u in utterances for word in u.words]
    missing = []
    index = 0
    for start, end in word_spans(text):
        while index < len(spans) and spans[index][1] <= start:
            index += 1
        if index == len(spans) or spans[index][0] >= end:
            missing.append(text[start:end])
    return missing


def _is_speakable(word: str) -> bool:
    if word.isascii():
        return True
    clean = clean_text(word, 0).text
    return any(
        transliterate(character) or (character.isascii() and character.isalnum())
        for character in clean
    )
