"""Letters of other alphabets: names of single Greek ones, and rough transliteration."""

from __future__ import annotations

from typing import Final

from edge_tts.text.word_list import word_list

_GREEK_LETTERS: Final = (
    "\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8\u03b9\u03ba\u03bb\u03bd\u03be"
    "\u03bf\u03c0\u03c1\u03c3\u03c2\u03c4\u03c5\u03c6\u03c7\u03c8\u03c9\u00b5"
)
GREEK_NAMES: Final = dict(
    zip(
        _GREEK_LETTERS,
        word_list(
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda nu xi "
            "omicron pi rho sigma sigma tau upsilon phi chi psi omega mu"
        ),
        strict=True,
    )
)
_SOUNDS: Final = {
    **dict(
        zip(
            _GREEK_LETTERS,
            word_list("a v g d e z i th i k l n x o p r s s t i f h ps o m"),
            strict=True,
        )
    ),
    **dict(
        zip(
            "\u0430\u0431\u0432\u0433\u0434\u0435\u0436\u0437\u0438\u043a\u043b\u043c"
            "\u043d\u043e\u043f\u0440\u0441\u0442\u0443\u0444\u0445\u0446\u0447\u0448"
            "\u0449\u044b\u044d\u044e\u044f\u0456\u0454\u0491",
            word_list(
                "a b v g d e zh z i k l m n o p r s t u f kh ts ch sh shch y e yu ya i "
                "ye g"
            ),
            strict=True,
        )
    ),
}
"""Cyrillic signs without a sound of their own are absent."""


def transliterate(word: str) -> str:
    """Latin letters for a Greek or Cyrillic word; other letters are left out."""
    lower = word.lower()
    if len(lower) == 1 and lower in GREEK_NAMES:
        return GREEK_NAMES[lower]
    return "".join(
        letter if "a" <= letter <= "z" else _SOUNDS.get(letter, "") for letter in lower
    )
