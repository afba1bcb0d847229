"""Codes of a reference recording to what speech in its voice needs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor
from edge_tts.engine.row_table import RowTable

_LEAST_VARIANCE = 1e-6
_LEAST_LENGTH = 1e-6


class ReferenceValues(NamedTuple):
    """The voice of a recording."""

    speaker: NDArray[np.float32]
    """(speaker channels,), of length 1."""
    keys: tuple[NDArray[np.float32], ...]
    """Per attention (frames, width)."""
    values: tuple[NDArray[np.float32], ...]
    """Like ``keys``."""


class ReferenceEncoder:
    """Reads whole references; holds no memory between them.

    Args:
        speaker: Stage of the speaker's rows.
        speaker_out: Stage of the speaker's vector.
        reference: Stage of keys and values.
        speaker_table: Row ``q * codebook_size + code``.
        code_table: Row ``q * codebook_size + code``.
        speaker_weights: (codebooks,) share of each in the speaker's rows.
        reference_weights: (codebooks,) share of each in the reference's rows.
        codebook_size: Codes of each codebook.
    """

    def __init__(
        self,
        speaker: StageExecutor,
        speaker_out: StageExecutor,
        reference: StageExecutor,
        *,
        speaker_table: RowTable,
        code_table: RowTable,
        speaker_weights: NDArray[np.float32],
        reference_weights: NDArray[np.float32],
        codebook_size: int,
    ) -> None:
        self._speaker = speaker
        self._speaker_out = speaker_out
        self._reference = reference
        self._speaker_table = (speaker_table, speaker_weights)
        self._code_table = (code_table, reference_weights)
        self._offsets = np.arange(len(speaker_weights)) * codebook_size

    def encode(self, codes: NDArray[np.int32]) -> ReferenceValues:
        """Return the voice of codes (frames, codebooks)."""
        rows = _mixed(*self._code_table, codes + self._offsets)
        outputs = _run(self._reference, "x", rows)
        count = len(outputs) // 2
        return ReferenceValues(
            self._speaker_vector(codes),
            tuple(outputs[f"k{index}"] for index in range(count)),
            tuple(outputs[f"v{index}"] for index in range(count)),
        )

    def _speaker_vector(self, codes: NDArray[np.int32]) -> NDArray[np.float32]:
        rows = _mixed(*self._speaker_table, codes + self._offsets)
        outputs = _run(self._speaker, "x", rows)
        hidden = outputs["hidden"].astype(np.float64)
        scores = outputs["scores"].astype(np.float64)
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        mean = (shares * hidden).sum(axis=0)
        variance = (shares * np.square(hidden - mean)).sum(axis=0)
        deviation = np.sqrt(np.maximum(variance, _LEAST_VARIANCE))
        pooled = np.concatenate([mean, deviation]).astype(np.float32)
        found = _run(self._speaker_out, "pooled", pooled[None])
        vector = found["speaker"][0].astype(np.float64)
        length = max(float(np.sqrt(np.square(vector).sum())), _LEAST_LENGTH)
        result: NDArray[np.float32] = (vector / length).astype(np.float32)
        return result


def _mixed(
    table: RowTable, weights: NDArray[np.float32], ids: NDArray[Any]
) -> NDArray[np.float32]:
    """Weighted sums of rows, one after another, so that the bits are fixed."""
    rows = table.rows(ids)
    total = np.zeros((len(ids), rows.shape[2]), np.float32)
    for index, weight in enumerate(weights):
        total += weight * rows[:, index]
    return total


def _run(
    stage: StageExecutor, name: str, rows: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    run = stage.open(len(rows))
    outputs = {key: value.copy() for key, value in run.run({name: rows}).items()}
    run.close()
    return outputs
