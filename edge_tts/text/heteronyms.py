"""Chooses between pronunciations of one spelling by the words around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from edge_tts.text.heteronym_rules import RULES
from edge_tts.text.heteronym_table import (
    MOSTLY_VERBS,
    SPECIAL,
    Phonemes,
    noun_verb_pairs,
)
from edge_tts.text.morphology import with_plural
from edge_tts.text.phonemes import VOWELS
from edge_tts.text.spoken import SpokenWord
from edge_tts.text.word_context import WordContext
from edge_tts.text.word_list import word_set

_THE: Final = ("DH", "AH0")
_THE_BEFORE_VOWEL: Final = ("DH", "IY0")
_A_LETTER: Final = ("EY1",)
_LETTERED: Final = word_set(
    "plan grade vitamin type class group team section appendix exhibit hepatitis "
    "option point letter influenza block wing row side size"
)


def choose(
    words: Sequence[SpokenWord | None],
    index: int,
    isolated: Callable[[str], Phonemes],
) -> Phonemes | None:
    """Phonemes of a word whose sound depends on its neighbours, else None."""
    word = words[index]
    assert word is not None
    text = word.text
    if text == "the":
        return _the(words, index, isolated)
    if text == "a":
        return _A_LETTER if _is_letter(words, index) else None
    if text in SPECIAL:
        other = RULES[text](WordContext(words, index))
        return tuple(SPECIAL[text][other].split())
    pairs = _pairs()
    if text in pairs:
        evidence = WordContext(words, index).verb_evidence()
        return pairs[text][(evidence or _default(text)) > 0]
    if text.endswith("s") and text[:-1] in pairs:
        evidence = WordContext(words, index).third_person()
        return with_plural(pairs[text[:-1]][(evidence or _default(text[:-1])) > 0])
    return None


def _default(text: str) -> int:
    return 1 if text in MOSTLY_VERBS else -1


def _is_letter(words: Sequence[SpokenWord | None], index: int) -> bool:
    """Whether "a" is the letter: "vitamin A", "A to Z", "(a)"."""
    context = WordContext(words, index)
    after = words[index + 1] if index + 1 < len(words) else None
    if context.back(1) in _LETTERED:
        return True
    if after is None:
        return context.written_with_capital or not context.back(1)
    if not context.written_with_capital:
        return False
    return after.spelled or after.text in (
        "is",
        "was",
        "to",
        "and",
        "or",
        "minus",
        "plus",
    )


def _the(
    words: Sequence[SpokenWord | None],
    index: int,
    isolated: Callable[[str], Phonemes],
) -> Phonemes:
    following = words[index + 1] if index + 1 < len(words) else None
    if following is None:
        return _THE
    sound = following.phonemes or isolated(
        following.text[:1] if following.spelled else following.text
    )
    return _THE_BEFORE_VOWEL if sound and sound[0][:2] in VOWELS else _THE


@lru_cache(maxsize=1)
def _pairs() -> dict[str, tuple[Phonemes, Phonemes]]:
    return noun_verb_pairs()
