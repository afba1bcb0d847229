"""Mimi, decoding: frames of codes to samples, chunk by chunk."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.engine.row_table import RowTable
from edge_tts.errors import BackendError
from edge_tts.models.mimi import HIDDEN, LATENTS, WAVE

DECODER_FRAMES: Final = 16
"""Frames that the transformer takes at once: its weights are read once for all."""
SYNTHESIS_ROWS: Final = 8
"""Rows of the transformer that the synthesis takes at once: its rows, a thousand times
as many, must stay in the caches."""


class MimiDecoder:
    """States of one utterance; any cutting of its frames gives the same samples.

    Nothing looks ahead: all samples of a frame leave with it, and there is nothing to
    flush.

    Args:
        decoder: Stage of the transformer.
        synthesis: Stage of the convolutions.
        codebooks: Row ``q * codebook_size + code``.
        num_codebooks: Codes of a frame, the semantic one first.
        codebook_size: Codes of each codebook.
    """

    def __init__(
        self,
        decoder: StageExecutor,
        synthesis: StageExecutor,
        codebooks: RowTable,
        num_codebooks: int,
        codebook_size: int,
    ) -> None:
        self._codebooks = codebooks
        self._codebook_size = codebook_size
        self._offsets = np.arange(num_codebooks) * codebook_size
        self._decoder = decoder.open(DECODER_FRAMES)
        self._synthesis = synthesis.open(SYNTHESIS_ROWS)

    @property
    def runs(self) -> tuple[StageRun, ...]:
        """The stage runs, which hold all its memory."""
        return (self._decoder, self._synthesis)

    def reset(self) -> None:
        """Start a new utterance."""
        self._decoder.reset()
        self._synthesis.reset()

    def push(self, codes: NDArray[Any]) -> NDArray[np.float32]:
        """Return the samples of the next frames, (samples,) float32.

        Args:
            codes: (T, ``num_codebooks``) integers, any T.

        Raises:
            BackendError: Codes have another shape or are not in their codebook.
        """
        shape = (len(codes), len(self._offsets))
        if codes.shape != shape or codes.dtype.kind not in "iu":
            raise BackendError(
                f"codes must be whole numbers (frames, {shape[1]}), got {codes.dtype} "
                f"{codes.shape}"
            )
        if codes.size and not 0 <= codes.min() <= codes.max() < self._codebook_size:
            raise BackendError(
                f"codes must be from 0 to {self._codebook_size - 1}, got "
                f"{codes.min()} to {codes.max()}"
            )
        parts = []
        for first in range(0, len(codes), DECODER_FRAMES):
            latents = self._latents(codes[first : first + DECODER_FRAMES])
            hidden = self._decoder.run({LATENTS: latents})[HIDDEN]
            for row in range(0, len(hidden), SYNTHESIS_ROWS):
                rows = hidden[row : row + SYNTHESIS_ROWS]
                parts.append(self._synthesis.run({HIDDEN: rows})[WAVE].ravel().copy())
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def close(self) -> None:
        """Give up states and buffers."""
        for run in self.runs:
            run.close()

    def _latents(self, codes: NDArray[Any]) -> NDArray[np.float32]:
        """Sums of codebook rows: the semantic one beside all others, in order."""
        rows = self._codebooks.rows(codes + self._offsets)
        total = rows[:, 1].copy()
        for index in range(2, rows.shape[1]):
            total += rows[:, index]
        return np.concatenate([rows[:, 0], total], axis=1)
