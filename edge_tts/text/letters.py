"""Names of the letters, and acronyms made of them."""

from __future__ import annotations

from typing import Final

LETTER_NAMES: Final = {
    "a": "EY1",
    "b": "B IY1",
    "c": "S IY1",
    "d": "D IY1",
    "e": "IY1",
    "f": "EH1 F",
    "g": "JH IY1",
    "h": "EY1 CH",
    "i": "AY1",
    "j": "JH EY1",
    "k": "K EY1",
    "l": "EH1 L",
    "m": "EH1 M",
    "n": "EH1 N",
    "o": "OW1",
    "p": "P IY1",
    "q": "K Y UW1",
    "r": "AA1 R",
    "s": "EH1 S",
    "t": "T IY1",
    "u": "Y UW1",
    "v": "V IY1",
    "w": "D AH1 B AH0 L Y UW0",
    "x": "EH1 K S",
    "y": "W AY1",
    "z": "Z IY1",
}


def spell(letters: str) -> tuple[str, ...]:
    """Phonemes of letters named in a row, the main stress on the last one."""
    named = [LETTER_NAMES[letter] for letter in letters if letter in LETTER_NAMES]
    if not named:
        return ()
    weak = [name.replace("1", "2") for name in named[:-1]]
    return tuple(" ".join([*weak, named[-1]]).split())
