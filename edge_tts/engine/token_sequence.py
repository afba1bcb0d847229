"""The numbers that stand for one utterance at the door of the encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TokenSequence:
    """Phonemes and pauses of one utterance; arrays have the shape (N,)."""

    phoneme_ids: NDArray[np.int64]
    stresses: NDArray[np.int64]
    word_positions: NDArray[np.int64]
    is_pause: NDArray[np.bool_]
    """Whether the token is a pause, which may take no time at all."""
    text: str = ""
    """The utterance as it is written, for families that read letters."""

    def __len__(self) -> int:
        return len(self.phoneme_ids)
