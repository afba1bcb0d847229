"""Entries that replace or complete those of the CMU Pronouncing Dictionary."""

from __future__ import annotations

from typing import Final

CORRECTIONS: Final = {
    # The reading of the letter comes first there.
    "a": "AH0",
    "messrs": "M EH1 S ER0 Z",
    "ms": "M IH1 Z",
    "o'clock": "AH0 K L AA1 K",
    "oh": "OW1",
    "e'er": "EH1 R",
    "ne'er": "N EH1 R",
    "o'er": "AO1 R",
    "'em": "AH0 M",
    "ma'am": "M AE1 M",
}
