"""The phoneme inventory of the English voices: symbols and ids, no rules.

ARPAbet as in the CMU Pronouncing Dictionary, with stress kept apart from the symbol.
The order is part of the pack format: ids are indices into trained embeddings.
"""

from __future__ import annotations

from typing import Final

from edge_tts.text.word_list import word_list

PAD: Final = "PAD"
SILENCE: Final = "SIL"
"""Silence at the start of every utterance."""
SHORT_PAUSE: Final = "SP"
"""Pause without punctuation: found in recordings, or asked for in markup."""

CONSONANTS: Final = word_list("B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH")
VOWELS: Final = word_list("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW")
PHONEMES: Final = tuple(sorted(CONSONANTS + VOWELS))
PAUSES: Final = (SILENCE, SHORT_PAUSE, ",", ".", "?", "!", ";", ":", "-")
TERMINALS: Final = (".", "?", "!")
"""The last token of an utterance is one of these; it carries the trailing silence."""

SYMBOLS: Final = (PAD, *PHONEMES, *PAUSES)
SYMBOL_IDS: Final = {symbol: index for index, symbol in enumerate(SYMBOLS)}

NUM_STRESSES: Final = 4
"""0: consonant or pause; 1, 2, 3: vowel with CMUdict stress 0, 1, 2."""
NUM_WORD_POSITIONS: Final = 4
"""Bit 0: first phoneme of a word; bit 1: last phoneme of a word."""
