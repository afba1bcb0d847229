"""Puts readings that the author gave in the place of what the rules would say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edge_tts.errors import TextError
from edge_tts.text.clean_text import CleanText, clean_text
from edge_tts.text.inline_phonemes import parse_phonemes
from edge_tts.text.normalizer import normalize
from edge_tts.text.say_as import say_as_words
from edge_tts.text.span import Reading, ReadingKind
from edge_tts.text.spoken import Item, SpokenWord

if TYPE_CHECKING:
    from edge_tts.text.user_lexicon import UserLexicon

MAX_READING_WORDS: Final = 40
"""Of an alias or of given phonemes; longer ones are texts of their own."""
MAX_WORD_PHONEMES: Final = 40
_ITEM_WORDS: Final = 8
"""Words that are never parted; they must fit into one utterance."""


@dataclass(frozen=True, slots=True)
class GivenReading:
    """Words for a place in the source."""

    start: int
    end: int
    words: tuple[SpokenWord, ...]

    def cut(self, place: int) -> tuple[GivenReading, GivenReading | None]:
        """Part it where a sentence of a thousand letters was cut."""
        if place >= self.end:
            return self, None
        share = len(self.words) * (place - self.start) // (self.end - self.start)
        here = GivenReading(self.start, place, self.words[:share])
        return here, GivenReading(place, self.end, self.words[share:])


def reading_words(reading: Reading, text: str) -> tuple[SpokenWord, ...] | None:
    """Words of a reading; None to read ``text`` as it is written.

    Raises:
        TextError: Unknown phonemes, or more than fits into one breath.
    """
    if reading.kind is ReadingKind.SAY_AS:
        return say_as_words(reading.value, text)
    if reading.kind is ReadingKind.ALIAS:
        items = normalize(clean_text(reading.value, 0).text)
        words = tuple([word for item in items for word in item.words])
    else:
        parts = [part for part in reading.value.split("|") if part.strip()]
        words = tuple([SpokenWord("", phonemes=parse_phonemes(p)) for p in parts])
    longest = max([len(word.phonemes) for word in words], default=0)
    if len(words) > MAX_READING_WORDS or longest > MAX_WORD_PHONEMES:
        raise TextError(
            f"expected a reading of at most {MAX_READING_WORDS} words of "
            f"{MAX_WORD_PHONEMES} phonemes for {text[:40]!r}, got {len(words)} words; "
            "write it as text"
        )
    return words


def masked(text: str, readings: Sequence[GivenReading], origin: int) -> str:
    """``text`` with what has a reading made into one word of the same length.

    So no sentence ends within it, and what is written there misleads no rule.

    Args:
        text: Part of the source.
        readings: Those within it, in order; places in the source.
        origin: Place of ``text`` in the source.
    """
    parts, position = [], 0
    for given in readings:
        start = given.start - origin
        parts.append(text[position:start])
        first = text[start]
        keep = first.isascii() and first.isdigit()
        head = first if keep else "x" if first.islower() else "X"
        parts.append(head + "x" * (given.end - given.start - 1))
        position = given.end - origin
    return "".join([*parts, text[position:]])


def normalize_with(
    clean: CleanText, readings: Sequence[GivenReading], user_lexicon: UserLexicon | None
) -> list[Item]:
    """``normalize``, with items of the readings in their places.

    Args:
        clean: Clean text of one utterance, cleaned from its masked text.
        readings: Those within it, in order; places in the source.
        user_lexicon: Entries that win over the rules, not over the readings.
    """
    items: list[Item] = []
    position = 0
    for given in readings:
        start = bisect_left(clean.offsets, given.start)
        end = bisect_left(clean.offsets, given.end)
        items += _rules_before(clean.text, position, start, end, user_lexicon)
        items += _items(start, end, given.words)
        position = end
    return items + _rules(clean.text, position, len(clean.text), user_lexicon)


def _rules_before(
    text: str, start: int, stop: int, end: int, user_lexicon: UserLexicon | None
) -> list[Item]:
    """Items of ``text[start:stop]``; the rules see that a word follows, up to end."""
    if start >= stop:
        return []
    items = _rules(text, start, end, user_lexicon)
    if any(item.start < stop < item.end for item in items):
        return _rules(text, start, stop, user_lexicon)
    return [item for item in items if item.end <= stop]


def _rules(
    text: str, start: int, end: int, user_lexicon: UserLexicon | None
) -> list[Item]:
    if start >= end:
        return []
    items = normalize(text[start:end], user_lexicon)
    if start == 0:
        return items
    return [replace(i, start=i.start + start, end=i.end + start) for i in items]


def _items(start: int, end: int, words: tuple[SpokenWord, ...]) -> Iterator[Item]:
    """Long readings in parts, each with its share of the written text."""
    count = min(-(-len(words) // _ITEM_WORDS), end - start)
    for number in range(count):
        low, high = number * len(words) // count, (number + 1) * len(words) // count
        yield Item(
            start + number * (end - start) // count,
            start + (number + 1) * (end - start) // count,
            words[low:high],
        )
