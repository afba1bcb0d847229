"""Owns Frontend: text in, utterances out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_tts.errors import TextError
from edge_tts.text.clean_text import clean_text
from edge_tts.text.normalizer import normalize
from edge_tts.text.pronouncer import Pronouncer
from edge_tts.text.segmenter import Segment, Segmenter
from edge_tts.text.utterance import Pause, Utterance
from edge_tts.text.utterance_builder import build_utterances

if TYPE_CHECKING:
    from edge_tts.text.passage import Passage, PassagePart
    from edge_tts.text.user_lexicon import UserLexicon

NOTHING_TO_SPEAK: Final = (
    "nothing to speak: expected at least one letter or digit of the Latin, Greek or "
    "Cyrillic script; give some English text"
)
_SLICE: Final = 8192
"""Characters of a long string that are looked at together."""


class Frontend:
    """Turns English text into phonemes, one utterance at a time.

    Args:
        user_lexicon: File of pronunciations that win over the built-in ones; read again
            when it changes.

    Raises:
        TextError: The built-in lexicon cannot be read.
        ConfigError: The user lexicon cannot be read or has a malformed line.
    """

    def __init__(self, user_lexicon: Path | None = None) -> None:
        self._pronouncer = Pronouncer()
        self._user_lexicon: UserLexicon | None = None
        if user_lexicon is not None:
            from edge_tts.text.user_lexicon import UserLexicon

            self._user_lexicon = UserLexicon(user_lexicon)

    def utterances(self, text: str | Iterable[str]) -> Iterator[Utterance]:
        """Yield utterances as soon as they are complete.

        Args:
            text: The text, or its pieces as they arrive. An empty piece asks for all
                that is known so far, finished or not; so does one that ends a line
                behind a full stop. What then ends in a comma is spoken as a clause.

        Raises:
            TextError: Nothing in the whole text can be spoken, or phonemes given in
                the text are unknown.
        """
        for utterance in self.live_utterances(
            [text] if isinstance(text, str) else text
        ):
            if utterance is not None:
                yield utterance

    def live_utterances(
        self, pieces: Iterable[str | None]
    ) -> Iterator[Utterance | None]:
        """Like ``utterances``, for a text whose next piece may not be there yet.

        A piece None means that nothing is known right now; it comes out again as None,
        so that the thread can do something else.

        Raises:
            TextError: As ``utterances``.
        """
        spoken = False
        for segment in self._segments(pieces):
            if segment is None:
                yield None
                continue
            for utterance in self._speak(segment):
                spoken = True
                yield utterance
        if not spoken:
            raise TextError(NOTHING_TO_SPEAK)

    def passage(self, passage: Passage) -> Iterator[PassagePart]:
        """Yield what is heard of a passage, in order, each part as soon as known.

        Raises:
            TextError: There is neither anything to speak nor a break, or a reading or
                phonemes given in the text are unknown.
        """
        # Imported by need: plain text is spoken without it.
        from edge_tts.text.passage_speech import speak_passage

        return speak_passage(passage, self._pronouncer, self._user_lexicon)

    def is_speakable(self, text: str) -> bool:
        """Whether ``utterances`` would yield anything for ``text``."""
        return any(
            True
            for segment in self._segments([text])
            if segment is not None
            for _ in self._speak(segment)
        )

    def _segments(self, pieces: Iterable[str | None]) -> Iterator[Segment | None]:
        segmenter = Segmenter()
        for piece in pieces:
            if piece is None:
                yield None
                continue
            for start in range(0, len(piece), _SLICE):
                yield from segmenter.feed(piece[start : start + _SLICE])
            if not piece or (piece[-1] == "\n" and segmenter.ends_with_stop()):
                in_clause = segmenter.ends_with_comma()
                yield from segmenter.flush(
                    Pause.CLAUSE if in_clause else Pause.SENTENCE
                )
        yield from segmenter.flush()

    def _speak(self, segment: Segment) -> Iterator[Utterance]:
        if self._user_lexicon is not None:
            self._user_lexicon.refresh()
        clean = clean_text(segment.text, segment.start)
        items = normalize(clean.text, self._user_lexicon)
        return build_utterances(segment, clean, items, self._pronouncer)
