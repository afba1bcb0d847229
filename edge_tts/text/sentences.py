"""Parts a passage into its sentences, each a passage of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from edge_tts.text.given_readings import GivenReading, masked
from edge_tts.text.passage import Passage
from edge_tts.text.segmenter import Segmenter
from edge_tts.text.span import Span


def sentences(passage: Passage) -> Iterator[Passage]:
    """Yield sentences; their texts joined are the text of ``passage``.

    A break or mark between two sentences belongs to the first one. Readings are never
    cut.
    """
    starts = list(_starts(passage.text, passage.spans))[1:]
    sentence: list[Span] = []
    position = 0
    for span in passage.spans:
        rest = span
        while starts and rest.text and starts[0] < position + len(rest.text):
            cut = starts.pop(0) - position
            if cut:
                sentence.append(replace(rest, text=rest.text[:cut]))
            yield Passage(tuple(sentence))
            sentence = []
            rest = replace(rest, text=rest.text[cut:])
            position += cut
        sentence.append(rest)
        position += len(rest.text)
    if sentence:
        yield Passage(tuple(sentence))


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
