"""Runs of a passage to utterances: sentences, readings, marks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from edge_tts.errors import TextError
from edge_tts.text.clean_text import clean_text
from edge_tts.text.frontend import NOTHING_TO_SPEAK
from edge_tts.text.given_readings import masked, normalize_with
from edge_tts.text.passage import (
    MarkPart,
    Passage,
    PassagePart,
    Silence,
    SpokenPart,
)
from edge_tts.text.passage_runs import Run, passage_runs, placed_marks
from edge_tts.text.pronouncer import Pronouncer
from edge_tts.text.segmenter import Segmenter
from edge_tts.text.utterance import Utterance
from edge_tts.text.utterance_builder import build_utterances

if TYPE_CHECKING:
    from edge_tts.text.user_lexicon import UserLexicon


def speak_passage(
    passage: Passage, pronouncer: Pronouncer, user_lexicon: UserLexicon | None
) -> Iterator[PassagePart]:
    """Yield what is heard of ``passage``; see ``Frontend.passage``."""
    is_silent = True
    runs = passage_runs(passage.spans)
    run = next(runs, None)
    while run is not None:
        following = next(runs, None)
        if isinstance(run, Silence):
            is_silent = False
            yield run
        else:
            marks = run.marks
            last = following is None
            for utterance in _utterances(run, last, pronouncer, user_lexicon):
                is_silent = False
                placed, marks = placed_marks(marks, utterance)
                yield SpokenPart(utterance, run.style, placed)
            for _, name in marks:
                yield MarkPart(name)
        run = following
    if is_silent:
        raise TextError(NOTHING_TO_SPEAK)


def _utterances(
    run: Run, is_last: bool, pronouncer: Pronouncer, user_lexicon: UserLexicon | None
) -> Iterator[Utterance]:
    # Sentences are found in the masked text, words are shown as written.
    segmenter = Segmenter(run.start)
    text = masked(run.text, run.readings, run.start)
    pause = run.last_pause(ends_passage=is_last)
    readings = iter(run.readings)
    reading = next(readings, None)
    for segment in itertools.chain(segmenter.feed(text), segmenter.flush(pause)):
        start, end = segment.start, segment.start + len(segment.text)
        inside = []
        while reading is not None and reading.start < end:
            here, later = reading.cut(end)
            inside.append(here)
            if later is not None:
                reading = later
                break
            reading = next(readings, None)
        if user_lexicon is not None:
            user_lexicon.refresh()
        clean = clean_text(segment.text, start)
        items = normalize_with(clean, inside, user_lexicon)
        written = run.text[start - run.start : end - run.start]
        yield from build_utterances(
            replace(segment, text=written), clean, items, pronouncer
        )
