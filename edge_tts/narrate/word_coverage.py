"""Owns WordCoverage: which written words the marks of a take speak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from edge_tts.text.word_count import word_spans


class WordCoverage(NamedTuple):
    """Words in against words spoken."""

    num_words: int
    lost: tuple[str, ...]


def word_coverage(text: str, marks: Sequence[str]) -> WordCoverage:
    """Compare a text with the marks it was spoken with.

    Args:
        text: The sentence.
        marks: Texts of the marks in order; each is a slice of ``text``.
    """
    spans: list[tuple[int, int]] = []
    position = 0
    for mark in marks:
        start = text.find(mark, position)
        if start < 0:
            # Not from this text: what it covers is unknown, so nothing.
            continue
        position = start + len(mark)
        spans.append((start, position))
    num_words, index = 0, 0
    lost: list[str] = []
    for start, end in word_spans(text):
        num_words += 1
        while index < len(spans) and spans[index][1] <= start:
            index += 1
        if index == len(spans) or spans[index][0] >= end:
            lost.append(text[start:end])
    return WordCoverage(num_words, tuple(lost))
