"""The words around a word, and what they say about its part of speech."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge_tts.text.spoken import SpokenWord
from edge_tts.text.word_list import word_set

DETERMINERS: Final = word_set(
    "a an the this that these those my your his her its our their whose some any no "
    "every each another which what"
)
PREPOSITIONS: Final = word_set(
    "of in for with by on at from into about between under over without during "
    "through against per via within upon toward towards among"
)
MODALS: Final = word_set(
    "will would can could shall should may might must do did does don't didn't "
    "doesn't won't wouldn't can't couldn't cannot shouldn't mustn't let let's please "
    "i'll you'll we'll they'll he'll she'll it'll i'd you'd we'd they'd he'd she'd "
    "help helped to"
)
SUBJECTS: Final = frozenset(["i", "you", "we", "they", "who", "people"])
SINGULAR_SUBJECTS: Final = frozenset(["he", "she", "it", "who", "which", "that"])
OBJECTS: Final = word_set("me him us them it you everyone everything")
BE: Final = word_set(
    "is are was were be been being am isn't aren't wasn't weren't i'm you're we're "
    "they're he's she's it's that's get gets got getting"
)
HAVE: Final = word_set(
    "have has had having haven't hasn't hadn't i've you've we've they've"
)
_ADVERBS: Final = word_set(
    "not never always also often just only still even ever now then really soon "
    "usually sometimes rarely both all"
)
_NOT_VERBAL_TO: Final = word_set(
    "according due prior thanks back access similar next close devoted addicted "
    "opposed contrary subject exposed"
)
_NUMBERS: Final = word_set(
    "one two three four five six seven eight nine ten first second third last next "
    "many few several other same own new old good great big best"
)


class WordContext:
    """One word in its utterance.

    Args:
        words: The words of the utterance; None is a pause.
        index: Which one.
    """

    def __init__(self, words: Sequence[SpokenWord | None], index: int) -> None:
        self._words = words
        self._index = index

    @property
    def capitalised(self) -> bool:
        """Whether it is written with a capital inside a sentence."""
        word = self._words[self._index]
        return bool(word and word.capital) and self.back(1) != ""

    @property
    def written_with_capital(self) -> bool:
        """Whether it is written with a capital anywhere."""
        word = self._words[self._index]
        return bool(word and word.capital)

    def back(self, distance: int) -> str:
        """The word before, empty at a pause or at the start."""
        return self._at(self._index - distance, -1)

    def ahead(self, distance: int) -> str:
        """The word behind, empty at a pause or at the end."""
        return self._at(self._index + distance, 1)

    def near(self, wanted: frozenset[str]) -> bool:
        """Whether any word of the utterance is in ``wanted``."""
        return any(word is not None and word.text in wanted for word in self._words)

    def governor(self) -> str:
        """The nearest word before that is no adverb."""
        distance = 1
        while True:
            word = self.back(distance)
            if word not in _ADVERBS and not (len(word) > 4 and word.endswith("ly")):
                return word
            distance += 1

    def verb_evidence(self) -> int:
        """Above 0: a verb, below: a noun or adjective, 0: nothing is known."""
        before, after = self.governor(), self.ahead(1)
        object_follows = after in OBJECTS or (
            after in DETERMINERS and after not in ("no", "that")
        )
        if before == "to":
            return -1 if self.back(2) in _NOT_VERBAL_TO and not object_follows else 2
        if before in MODALS:
            return 2
        if before in DETERMINERS:
            return -2
        if before in SUBJECTS:
            return 2
        if before in PREPOSITIONS or before in _NUMBERS or before in BE:
            return -1
        if before in HAVE or before.endswith("'s"):
            return -1
        if object_follows:
            return 1
        if before in ("and", "or") and self.back(2):
            return 0
        return 0

    def third_person(self) -> int:
        """The same for a form in -s."""
        before, after = self.governor(), self.ahead(1)
        if before in SINGULAR_SUBJECTS:
            return 2
        if before in DETERMINERS or before in PREPOSITIONS or before in _NUMBERS:
            return -2
        if after in OBJECTS or after in DETERMINERS:
            return 1
        return 0

    def _at(self, index: int, step: int) -> str:
        if not 0 <= index < len(self._words):
            return ""
        for position in range(self._index + step, index + step, step):
            if self._words[position] is None:
                return ""
        word = self._words[index]
        return word.text if word is not None else ""
