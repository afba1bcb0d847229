"""Turns token ends into word marks as they become known."""

from __future__ import annotations

from collections.abc import Sequence

from edge_tts.audio import IndexMark, WordMark


class UtteranceMarks:
    """Follows one utterance: which words have a known place in the signal.

    Args:
        words: (text, first token, token after the last, joined) per word, in order.
        utterance_index: Running number for the marks.
        start_sample: First sample of the utterance in the whole output.
        hop_length: Samples per frame.
        index_marks: (token before which it lies, name) per mark, in order.
    """

    def __init__(
        self,
        words: Sequence[tuple[str, int, int, bool]],
        utterance_index: int,
        start_sample: int,
        hop_length: int,
        index_marks: Sequence[tuple[int, str]] = (),
    ) -> None:
        self._words = words
        self._next = 0
        self._ends: list[int] = []
        self._utterance_index = utterance_index
        self._start_sample = start_sample
        self._hop_length = hop_length
        self._index_marks = index_marks
        self._next_index_mark = 0

    def advance(self, token_ends: Sequence[int]) -> tuple[WordMark, ...]:
        """Take the frames at which more tokens end; return the words they complete."""
        self._ends.extend(token_ends)
        marks = []
        while self._next < len(self._words):
            text, first, last, joined = self._words[self._next]
            if last > len(self._ends):
                break
            begin = self._ends[first - 1] if first else 0
            end = self._ends[last - 1]
            marks.append(
                WordMark(
                    text,
                    self._start_sample + begin * self._hop_length,
                    (end - begin) * self._hop_length,
                    self._utterance_index,
                    joined,
                )
            )
            self._next += 1
        return tuple(marks)

    def reached(self) -> tuple[IndexMark, ...]:
        """Return the index marks whose place has become known since the last call."""
        marks = []
        while self._next_index_mark < len(self._index_marks):
            token, name = self._index_marks[self._next_index_mark]
            if token > len(self._ends):
                break
            frame = self._ends[token - 1] if token else 0
            sample = self._start_sample + frame * self._hop_length
            marks.append(IndexMark(name, sample))
            self._next_index_mark += 1
        return tuple(marks)
