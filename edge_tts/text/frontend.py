"""Owns Frontend: text in, utterances out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from edge_tts.errors import TextError
from edge_tts.text.clean_text import clean_text
from edge_tts.text.normalizer import normalize
from edge_tts.text.pronouncer import Pronouncer
from edge_tts.text.segmenter import Segment, Segmenter
from edge_tts.text.utterance import Utterance
from edge_tts.text.utterance_builder import build_utterances

_SLICE: Final = 8192
"""Characters of a long string that are looked at together."""


class Frontend:
    """Turns English text into phonemes, one utterance at a time.

    Args:
        user_lexicon: File of pronunciations that win over the built-in ones.

    Raises:
        TextError: The built-in lexicon cannot be read.
    """

    def __init__(self, user_lexicon: Path | None = None) -> None:
        self._pronouncer = Pronouncer()

    def utterances(self, text: str | Iterable[str]) -> Iterator[Utterance]:
        """Yield utterances as soon as they are complete.

        Args:
            text: The text, or its pieces as they arrive. An empty piece, or one that
                ends a line behind a full stop, asks for all that is known so far.

        Raises:
            TextError: Nothing in the whole text can be spoken.
        """
        pieces = _slices(text) if isinstance(text, str) else text
        segmenter = Segmenter()
        spoken = False
        for piece in pieces:
            for segment in segmenter.feed(piece):
                for utterance in self._speak(segment):
                    spoken = True
                    yield utterance
            if not piece or (piece[-1] == "\n" and segmenter.ends_with_stop()):
                for segment in segmenter.flush():
                    for utterance in self._speak(segment):
                        spoken = True
                        yield utterance
        for segment in segmenter.flush():
            for utterance in self._speak(segment):
                spoken = True
                yield utterance
        if not spoken:
            raise TextError(
                "expected text with at least one letter or digit, got nothing that "
                "can be spoken; give some English text"
            )

    def _speak(self, segment: Segment) -> Iterator[Utterance]:
        clean = clean_text(segment.text, segment.start)
        items = normalize(clean.text)
        return build_utterances(segment, clean, items, self._pronouncer)


def _slices(text: str) -> Iterator[str]:
    for start in range(0, len(text), _SLICE):
        yield text[start : start + _SLICE]
