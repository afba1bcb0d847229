"""The numbers that stand for one utterance at the door of the encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TokenSequence:
    """Phonemes and pauses of one utterance; all arrays have the shape (N,)."""

    phoneme_ids: NDArray[np.int64]
    stresses: NDArray[np.int64]
    word_positions: NDArray[np.int64]
    is_pause: NDArray[np.bool_]
    """Whether the token is a pause, which may take no time at all."""

    def __len__(self) -> int:
        return len(self.phoneme_ids)
