"""Pronounces units with decimal prefixes, which the dictionary holds only in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge_tts.text.morphology import with_plural
from edge_tts.text.unit_table import UNITS

_PREFIXES: Final = {
    "centi": "S EH1 N T AH0",
    "deci": "D EH1 S AH0",
    "gibi": "G IH1 B IY0",
    "giga": "G IH1 G AH0",
    "hecto": "HH EH1 K T OW0",
    "kibi": "K IH1 B IY0",
    "kilo": "K IH1 L AH0",
    "mebi": "M EH1 B IY0",
    "mega": "M EH1 G AH0",
    "micro": "M AY1 K R OW0",
    "milli": "M IH1 L AH0",
    "nano": "N AE1 N OW0",
    "peta": "P EH1 T AH0",
    "tebi": "T EH1 B IY0",
    "tera": "T EH1 R AH0",
}

Entries = Mapping[str, tuple[str, ...]]


def unit_entries(entries: Entries) -> dict[str, tuple[str, ...]]:
    """Missing words of the unit table, built from their prefix and unit."""
    words = {
        word for names in UNITS.values() for name in names for word in name.split()
    }
    found: dict[str, tuple[str, ...]] = {}
    for word in sorted(words - set(entries)):
        for prefix, sound in _PREFIXES.items():
            unit = _unit(word[len(prefix) :], entries)
            if word.startswith(prefix) and unit:
                weak = (phoneme.replace("1", "2") for phoneme in unit)
                found[word] = (*sound.split(), *weak)
    return found


def _unit(word: str, entries: Entries) -> tuple[str, ...] | None:
    if word in entries:
        return entries[word]
    stem = entries.get(word[:-1]) if word.endswith("s") else None
    return with_plural(stem) if stem else None
