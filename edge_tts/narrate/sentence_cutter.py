"""Cuts a run of spans in one voice into sentences; readings stay with their words."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from edge_tts.narrate.block import BlockKind
from edge_tts.narrate.block_json import span_from_json, span_to_json
from edge_tts.narrate.pauses import Pauses
from edge_tts.text.given_readings import GivenReading, masked
from edge_tts.text.passage import Passage
from edge_tts.text.segmenter import Segmenter
from edge_tts.text.span import Span
from edge_tts.text.utterance import Pause

_LINE_KINDS: Final = (BlockKind.VERSE, BlockKind.CODE)
_SLICE: Final = 8192
_STOP: Final = re.compile(r"[.!?\u2026][\"'\u2019\u201d\u00bb)\]]*\s*$")


class CutSentence(NamedTuple):
    """A sentence of a run."""

    text: str
    """As written."""
    spans: str
    """JSON of its spans where one has a reading, empty otherwise."""
    pause_ms: int
    """Silence behind it."""
    is_open: bool = False
    """Whether it ends within a phrase, where the next run goes on."""


def cut_run(
    spans: Sequence[Span], kind: BlockKind, pauses: Pauses
) -> Iterator[CutSentence]:
    """Sentences of a run, in order.

    Args:
        spans: Texts, with or without readings; their styles are not looked at.
        kind: Lines of verse and code are kept apart.
        pauses: Behind sentences, and where the voice changes within one.
    """
    text = "".join([span.text for span in spans])
    readings: list[tuple[int, Span]] = []
    position = 0
    for span in spans:
        if span.reading is not None and span.text:
            readings.append((position, span))
        position += len(span.text)
    given = [GivenReading(at, at + len(span.text), ()) for at, span in readings]
    # No sentence ends inside "St." that is read as "Saint".
    shown = masked(text, given, 0) if given else text
    lines = shown.splitlines(keepends=True) if kind in _LINE_KINDS else [shown]
    offset = 0
    for number, line in enumerate(lines, 1):
        segmenter = Segmenter()
        segments = [
            segment
            for start in range(0, len(line), _SLICE)
            for segment in segmenter.feed(line[start : start + _SLICE])
        ]
        segments += segmenter.flush()
        ends = _STOP.search(line) is not None or number < len(lines)
        for index, segment in enumerate(segments, 1):
            pause, is_open = pauses.sentence, False
            if segment.pause is Pause.CLAUSE:
                pause = 0
            elif index == len(segments) and not ends:
                pause = pauses.turn
                is_open = segment.text.rstrip()[-1:].isalnum()
            start = offset + segment.start
            written = text[start : start + len(segment.text)]
            if any(map(_may_sound, segment.text)):
                directed = _spans(written, start, readings)
                yield CutSentence(written, directed, pause, is_open)
        offset += len(line)


def passage_of(text: str, spans: str) -> str | Passage:
    """What a Synthesizer takes: the text itself where there are no readings."""
    if not spans:
        return text
    return Passage(tuple(span_from_json(value) for value in json.loads(spans)))


def _spans(text: str, start: int, readings: Sequence[tuple[int, Span]]) -> str:
    parts: list[Span] = []
    position = 0
    for at, span in readings:
        low, high = at - start, at - start + len(span.text)
        # One that a forced cut went through is read as it is written.
        if low < position or high > len(text):
            continue
        if low > position:
            parts.append(Span(text[position:low]))
        parts.append(Span(span.text, reading=span.reading))
        position = high
    if not parts:
        return ""
    if position < len(text):
        parts.append(Span(text[position:]))
    values = [span_to_json(span) for span in parts]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _may_sound(character: str) -> bool:
    # Signs and emoji are read; a row of stops or asterisks is not.
    return character.isalnum() or unicodedata.category(character)[0] == "S"
