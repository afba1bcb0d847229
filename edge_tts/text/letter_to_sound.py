"""Guesses the pronunciation of words that no lexicon knows."""

from __future__ import annotations

from typing import Final

_SOUNDS: Final = {
    "tion": "SH AH0 N", "sion": "ZH AH0 N", "igh": "AY1", "tch": "CH", "ch": "CH",
    "sh": "SH", "th": "TH", "ph": "F", "ck": "K", "ng": "NG", "qu": "K W", "ee": "IY1",
    "ea": "IY1", "oo": "UW1", "ou": "AW1", "ow": "OW1", "oi": "OY1", "oy": "OY1",
    "ai": "EY1", "ay": "EY1", "au": "AO1", "aw": "AO1", "oa": "OW1", "er": "ER0",
    "ir": "ER1", "ur": "ER1", "ar": "AA1 R", "or": "AO1 R", "a": "AE1", "b": "B",
    "c": "K", "d": "D", "e": "EH1", "f": "F", "g": "G", "h": "HH", "i": "IH1",
    "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N", "o": "AA1", "p": "P", "q": "K",
    "r": "R", "s": "S", "t": "T", "u": "AH1", "v": "V", "w": "W", "x": "K S",
    "y": "IY0", "z": "Z",
}  # fmt: skip


class LetterToSound:
    """Maps the letters of a word to phonemes."""

    def pronounce(self, word: str) -> tuple[str, ...]:
        """Phonemes of a lower-case word; empty when it has no Latin letter."""
        out: list[str] = []
        position = 0
        while position < len(word):
            for size in (4, 3, 2, 1):
                sound = _SOUNDS.get(word[position : position + size])
                if sound:
                    out += sound.split()
                    position += size
                    break
            else:
                position += 1
        return tuple(out)
