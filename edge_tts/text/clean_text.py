"""Reduces Unicode text to the characters the rules know, keeping source offsets."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from edge_tts.text.character_table import REPLACEMENTS


@dataclass(frozen=True, slots=True)
class CleanText:
    """A slice of the source after clean-up."""

    text: str
    offsets: tuple[int, ...] | range
    """Source offset of each character, and after them the offset of the end."""

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Source offsets of ``text[start:end]``, which must not be empty."""
        first, last = self.offsets[start], self.offsets[end - 1]
        # Characters that were left out behind the last one (accents) belong to it.
        return first, max(self.offsets[end], last + 1)


def clean_text(source: str, origin: int) -> CleanText:
    """Clean one utterance.

    Args:
        source: Slice of the source text.
        origin: Its offset there.
    """
    if source.isascii() and source.isprintable():
        return CleanText(source, range(origin, origin + len(source) + 1))
    characters: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(source, origin):
        clean = character if " " <= character <= "~" else _clean(character)
        characters.append(clean)
        offsets.extend([index] * len(clean))
    offsets.append(origin + len(source))
    return CleanText("".join(characters), tuple(offsets))


def _clean(character: str) -> str:
    known = REPLACEMENTS.get(character)
    if known is not None:
        return known
    plain = []
    for part in unicodedata.normalize("NFKD", character):
        category = unicodedata.category(part)
        if part in REPLACEMENTS:
            plain.append(REPLACEMENTS[part])
        elif category == "Nd":
            plain.append(str(unicodedata.digit(part)))
        elif category in ("Mn", "Me", "Cf", "Cs", "Cn", "Co"):
            continue
        elif category[0] == "Z" or category == "Cc":
            plain.append(" ")
        else:
            plain.append(part)
    return "".join(plain)
