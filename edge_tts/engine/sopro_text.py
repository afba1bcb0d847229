"""Owns SoproText: a sentence to rows, their mean, and the generator's keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageRun
from edge_tts.engine.sopro_constants import SoproConstants
from edge_tts.errors import TextError
from edge_tts.text.byte_pairs import BytePairs

MAX_TOKENS: Final = 512
"""Of one sentence; twice what 32 seconds of speech have."""


@dataclass(frozen=True)
class EncodedText:
    """One text, ready to be spoken."""

    num_tokens: int
    pooled: NDArray[np.float32]
    """(C,): mean of the rows."""
    held: Mapping[str, NDArray[np.float32]]
    """Held inputs of the generator: keys and values (tokens, C)."""


class SoproText:
    """Tokens, embedding and encoder.

    Args:
        run: Of the stage ``text``, with room for ``MAX_TOKENS`` rows.
        tokenizer: Of the pack.
        constants: Of the pack.
    """

    def __init__(
        self, run: StageRun, tokenizer: BytePairs, constants: SoproConstants
    ) -> None:
        self._run = run
        self._tokenizer = tokenizer
        self._constants = constants

    def encode(self, text: str) -> EncodedText:
        """Encode one sentence.

        Raises:
            TextError: It is too long or empty.
        """
        ids = np.array(self._tokenizer.encode(text.strip()), np.int64)
        limit = min(MAX_TOKENS, len(self._constants.text_positions))
        if not 1 <= len(ids) <= limit:
            raise TextError(
                f"a sentence of {len(ids)} tokens, expected 1 to {limit}; divide it"
            )
        return self.encode_ids(ids)

    def encode_ids(self, ids: NDArray[np.int64]) -> EncodedText:
        """Encode tokens."""
        constants = self._constants
        rows = constants.text_table.rows(ids) + constants.text_positions[: len(ids)]
        self._run.reset()
        outputs = dict(self._run.run({"x": rows}))
        hidden = outputs.pop("hidden")
        # As the reference divides; sums in double, whose order then does not matter.
        mean = hidden.sum(axis=0, dtype=np.float64) / (len(ids) + 1e-6)
        held = {f"text_{name}": rows.copy() for name, rows in outputs.items()}
        return EncodedText(len(ids), mean.astype(np.float32), held)
