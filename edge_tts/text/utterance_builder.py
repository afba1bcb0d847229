"""Joins items and pronunciations into utterances; cuts those that are too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from edge_tts.text.clean_text import CleanText
from edge_tts.text.phonemes import SILENCE, TERMINALS
from edge_tts.text.pronouncer import Phonemes, Pronouncer
from edge_tts.text.segmenter import Segment
from edge_tts.text.spoken import Item, SpokenWord
from edge_tts.text.utterance import Pause, PhonemeToken, Utterance, WordSpan

MAX_WORDS: Final = 60
MAX_TOKENS: Final = 400
_CLAUSE_ENDS: Final = (",", ";", ":")
_EDGE: Final = PhonemeToken(SILENCE, 0, 0)

_Sounds = list[tuple[Item, tuple[Phonemes, ...]]]


def build_utterances(
    segment: Segment, clean: CleanText, items: Sequence[Item], pronouncer: Pronouncer
) -> Iterator[Utterance]:
    """Yield the utterances of one segment, none if nothing in it can be spoken."""
    sounds = _pronounce(items, pronouncer)
    groups = list(_groups(sounds))
    start = segment.start
    for number, group in enumerate(groups):
        final = number + 1 == len(groups)
        if final:
            end = segment.start + len(segment.text)
        else:
            end = clean.source_span(group[-1][0].start, group[-1][0].end)[1]
        pause = segment.pause if final else Pause.CLAUSE
        yield _utterance(segment, clean, group, start, end, pause)
        start = end
        source = segment.text
        while start < end and source[start - segment.start].isspace():
            start += 1


def _pronounce(items: Sequence[Item], pronouncer: Pronouncer) -> _Sounds:
    words: list[SpokenWord | None] = []
    for item in items:
        words.extend(item.words if item.words else [None])
    sounds: _Sounds = []
    index = 0
    for item in items:
        if item.pause:
            sounds.append((item, ()))
            index += 1
            continue
        spoken = []
        for _ in item.words:
            phonemes = pronouncer.pronounce(words, index)
            if phonemes:
                spoken.append(phonemes)
            index += 1
        if spoken:
            sounds.append((item, tuple(spoken)))
    return sounds


def _groups(sounds: _Sounds) -> Iterator[_Sounds]:
    """Split where the limits ask for it, at the last clause if there is one."""
    start, words, tokens, clause = 0, 0, 0, 0
    index = 0
    while index < len(sounds):
        item, spoken = sounds[index]
        words += len(spoken)
        tokens += sum(len(phonemes) for phonemes in spoken) + (not spoken)
        if (words > MAX_WORDS or tokens > MAX_TOKENS) and index > start and spoken:
            cut = clause if clause > start else index
            if any(parts for _, parts in sounds[start:cut]):
                yield sounds[start:cut]
            start = index = cut
            words = tokens = clause = 0
            continue
        if item.pause and words > MAX_WORDS // 3:
            clause = index + 1
        index += 1
    if any(parts for _, parts in sounds[start:]):
        yield sounds[start:]


def _utterance(
    segment: Segment,
    clean: CleanText,
    group: _Sounds,
    start: int,
    end: int,
    pause: Pause,
) -> Utterance:
    tokens = [_EDGE]
    spans: list[WordSpan] = []
    ending = ""
    for item, spoken in group:
        if item.pause:
            ending = ending or item.pause
            continue
        low, high = clean.source_span(item.start, item.end)
        shared = bool(spans) and low < spans[-1].end
        if ending and spans and not shared:
            tokens.append(PhonemeToken(ending, 0, 0))
        ending = ""
        first = len(tokens)
        for phonemes in spoken:
            tokens.extend(_word_tokens(phonemes))
        if shared:
            # One character of the source became parts of two items.
            previous = spans.pop()
            low, high = previous.start, max(previous.end, high)
            first = previous.first_token
        text = segment.text[low - segment.start : high - segment.start]
        spans.append(WordSpan(text, low, high, first, len(tokens) - 1))
    tokens.append(PhonemeToken(_last_symbol(group, pause), 0, 0))
    text = segment.text[start - segment.start : end - segment.start]
    return Utterance(text, start, end, tuple(tokens), tuple(spans), pause)


def _last_symbol(group: _Sounds, pause: Pause) -> str:
    """The first stop behind the last word; only a cut may end on a clause mark."""
    wanted = _CLAUSE_ENDS if pause is Pause.CLAUSE else TERMINALS
    last = ""
    for item, spoken in reversed(group):
        if spoken:
            break
        if item.pause in wanted:
            last = item.pause
    return last or wanted[0]


def _word_tokens(phonemes: Phonemes) -> Iterator[PhonemeToken]:
    last = len(phonemes) - 1
    for index, phoneme in enumerate(phonemes):
        position = (index == 0) + 2 * (index == last)
        if phoneme[-1].isdigit():
            yield PhonemeToken(phoneme[:-1], int(phoneme[-1]) + 1, position)
        else:
            yield PhonemeToken(phoneme, 0, position)
