"""Joins spans that are spoken in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from edge_tts.text.given_readings import GivenReading, reading_words
from edge_tts.text.passage import Silence
from edge_tts.text.span import Emphasis, Span, SpeechStyle
from edge_tts.text.utterance import Pause, Utterance

_SENTENCE_ENDS: Final = tuple(".!?\u2026\"'\u201d\u2019)\u3002\uff01\uff1f")


@dataclass(slots=True)
class Run:
    """Text of one delivery, between two breaks."""

    style: SpeechStyle
    start: int
    """Offset in the passage."""
    text: str = ""
    readings: list[GivenReading] = field(default_factory=list)
    """Places are those in the passage."""
    marks: list[tuple[int, str]] = field(default_factory=list)
    """Offset in the passage, name."""

    def last_pause(self, *, ends_passage: bool) -> Pause:
        """How the run parts from what follows."""
        if ends_passage:
            return Pause.PARAGRAPH
        stripped = self.text.rstrip()
        gap = self.text[len(stripped) :]
        if "\u2029" in gap or gap.count("\n") > 1:
            return Pause.PARAGRAPH
        is_end = "\u2028" in gap or stripped.endswith(_SENTENCE_ENDS)
        return Pause.SENTENCE if is_end else Pause.CLAUSE


def passage_runs(spans: Iterable[Span]) -> Iterator[Run | Silence]:
    """Join what is spoken in one go.

    Emphasis is no reason to part: a word on its own would be a sentence on its own.

    Raises:
        TextError: A reading cannot be spoken.
    """
    run: Run | None = None
    position = 0
    texts: list[str] = []
    is_spoken = False
    for span in spans:
        style = replace(span.style, emphasis=Emphasis.NONE, language="")
        is_blank = not span.text.strip()
        changes = not is_blank and run is not None and run.style != style
        if changes and run is not None and not is_spoken:
            # Marks and spaces came first, whose style says nothing.
            run.style, changes = style, False
        if run is not None and (changes or span.break_ms is not None):
            run.text = "".join(texts)
            yield run
            run, texts = None, []
        if span.break_ms is not None:
            yield Silence(span.break_ms)
            continue
        if run is None:
            run, is_spoken = Run(style, position), False
        if span.mark is not None:
            run.marks.append((position, span.mark))
            continue
        end = position + len(span.text)
        if span.reading is not None and span.text:
            words = reading_words(span.reading, span.text)
            if words is not None:
                run.readings.append(GivenReading(position, end, words))
        texts.append(span.text)
        is_spoken = is_spoken or not is_blank
        position = end
    if run is not None:
        run.text = "".join(texts)
        yield run


def placed_marks(
    marks: list[tuple[int, str]], utterance: Utterance
) -> tuple[tuple[tuple[int, str], ...], list[tuple[int, str]]]:
    """Marks that lie before a word of the utterance, and the others."""
    placed, later = [], []
    for offset, name in marks:
        token = next((w.first_token for w in utterance.words if offset < w.end), None)
        if token is None:
            later.append((offset, name))
        else:
            placed.append((token, name))
    return tuple(placed), later
