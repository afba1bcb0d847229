"""Words -> phonemes: lexicon, derivatives, letter-to-sound, choice by context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge_tts.text.heteronyms import choose
from edge_tts.text.letter_to_sound import LetterToSound
from edge_tts.text.letters import spell
from edge_tts.text.lexicon import Lexicon
from edge_tts.text.morphology import derive
from edge_tts.text.spoken import SpokenWord

Phonemes = tuple[str, ...]
_CACHE_SIZE: Final = 4096
_VOWEL_LETTERS: Final = frozenset("aeiouy")


class Pronouncer:
    """Knows every word there can be, better or worse."""

    def __init__(self) -> None:
        self._lexicon = Lexicon()
        self._letter_to_sound = LetterToSound()
        self._cache: dict[str, Phonemes] = {}

    def pronounce(self, words: Sequence[SpokenWord | None], index: int) -> Phonemes:
        """Phonemes of ``words[index]``; None in the sequence is a pause.

        May be empty: the word has nothing that can be spoken.
        """
        word = words[index]
        assert word is not None
        if word.phonemes:
            return word.phonemes
        if word.spelled:
            return spell(word.text)
        return choose(words, index, self.isolated) or self.isolated(word.text)

    def isolated(self, word: str) -> Phonemes:
        """Phonemes of a lower-case word without context."""
        known = self._cache.get(word)
        if known is None:
            known = self._find(word)
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            self._cache[word] = known
        return known

    def _find(self, word: str) -> Phonemes:
        found = self._lexicon.get(word)
        if found is None and "'" in word:
            word = word.strip("'")
            found = self._lexicon.get(word)
        if found is None:
            found = derive(word, self._lexicon.get)
        if found is None and not _VOWEL_LETTERS.intersection(word):
            found = spell(word)
        return found or self._letter_to_sound.pronounce(word)
