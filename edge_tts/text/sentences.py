"""Parts a passage into its sentences, each a passage of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from edge_tts.text.given_readings import GivenReading, masked
from edge_tts.text.segmenter import Segmenter
from edge_tts.text.span import Span

Passage = tuple[Span, ...]


def sentences(spans: Sequence[Span]) -> Iterator[Passage]:
    """Yield sentences; joined they are ``spans``, except for cuts within spans.

    A sentence has a letter, a digit or another sign, unless the whole passage has none.
    A break or mark between two sentences belongs to the first one. Readings are never
    cut.
    """
    text = "".join([span.text for span in spans])
    starts = [segment_start for segment_start in _starts(text, spans)][1:]
    sentence: list[Span] = []
    position = 0
    for span in spans:
        rest = span
        while starts and rest.text and starts[0] < position + len(rest.text):
            cut = starts.pop(0) - position
            if cut:
                sentence.append(replace(rest, text=rest.text[:cut]))
            yield tuple(sentence)
            sentence = []
            rest = replace(rest, text=rest.text[cut:])
            position += cut
        sentence.append(rest)
        position += len(rest.text)
    if sentence:
        yield tuple(sentence)


def _starts(text: str, spans: Sequence[Span]) -> Iterator[int]:
    """Offsets of the first letters of sentences."""
    readings = []
    position = 0
    for span in spans:
        end = position + len(span.text)
        if span.reading is not None and span.text:
            readings.append(GivenReading(position, end, ()))
        position = end
    segmenter = Segmenter()
    shown = masked(text, readings, 0)
    inside = iter(readings)
    reading = next(inside, None)
    for segment in itertools.chain(segmenter.feed(shown), segmenter.flush()):
        while reading is not None and reading.end <= segment.start:
            reading = next(inside, None)
        # Only a word of more than a thousand letters is cut.
        if reading is None or reading.start >= segment.start:
            yield segment.start
