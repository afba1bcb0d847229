"""Reads ``cmudict.dict``; changes no pronunciation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edge_tts.errors import ConfigError
from edge_tts.text.phonemes import PHONEMES, VOWELS

Pronunciation = tuple[str, ...]
"""ARPAbet phonemes, vowels with a stress digit."""

_KNOWN: Final = frozenset(PHONEMES) - frozenset(VOWELS) | {
    vowel + stress for vowel in VOWELS for stress in "012"
}


def read_cmudict(path: Path) -> Mapping[str, tuple[Pronunciation, ...]]:
    """Word -> its pronunciations, the preferred one first.

    Raises:
        ConfigError: A line is not ``word PHONEME...``; the message names it.
    """
    entries: dict[str, tuple[Pronunciation, ...]] = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            fields = line.split("#")[0].split()
            if not fields or fields[0].startswith(";;;"):
                continue
            word, phonemes = fields[0].split("(")[0], tuple(fields[1:])
            if not phonemes or not _KNOWN.issuperset(phonemes):
                raise ConfigError(
                    f"{path}:{number}: expected a word and ARPAbet phonemes, "
                    f"got {line.strip()!r}"
                )
            entries[word] = (*entries.get(word, ()), phonemes)
    return entries
