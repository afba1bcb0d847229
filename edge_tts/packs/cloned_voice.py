"""A voice that was cloned from a recording, as the networks read it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ClonedVoice:
    """What the stages of a family need of a reference recording."""

    name: str
    codes: NDArray[np.int32]
    """(R, codebooks): the recording as codes."""
    speaker: NDArray[np.float32]
    """(C,): the speaker's vector, of length 1."""
    keys: tuple[NDArray[np.float32], ...]
    """Per attention to the reference, (R, C)."""
    values: tuple[NDArray[np.float32], ...]
    """Likewise."""
