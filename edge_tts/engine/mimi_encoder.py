"""Mimi, encoding: a recording to frames of codes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor
from edge_tts.engine.row_table import RowTable
from edge_tts.models.mimi import HIDDEN, LATENTS, ROWS, SAMPLES, VALID

ANALYSIS_ROWS: Final = 4
"""Rows of the transformer whose samples go through the convolutions at once."""
ENCODER_ROWS: Final = 48
DOWNSAMPLE_ROWS: Final = 16


class MimiEncoder:
    """Encodes whole recordings, in pieces: memory does not grow with their length.

    Args:
        analysis: Stage of the convolutions.
        encoder: Stage of the transformer.
        downsample: Stage behind it.
        codebooks: Row ``q * codebook_size + code``.
        num_codebooks: Codes of a frame, the semantic one first.
        codebook_size: Codes of each codebook.
    """

    def __init__(
        self,
        analysis: StageExecutor,
        encoder: StageExecutor,
        downsample: StageExecutor,
        codebooks: RowTable,
        num_codebooks: int,
        codebook_size: int,
    ) -> None:
        self._samples_per_row = _width(analysis)
        self._stages = (
            (analysis, ANALYSIS_ROWS, ROWS),
            (encoder, ENCODER_ROWS, HIDDEN),
            (downsample, DOWNSAMPLE_ROWS, LATENTS),
        )
        self._width = _width(encoder)
        self._stride = _width(downsample) // self._width
        self._codebooks = codebooks
        self._num_codebooks = num_codebooks
        self._codebook_size = codebook_size

    def encode(self, samples: NDArray[np.float32]) -> NDArray[np.int32]:
        """Return the codes of a recording, (frames, codebooks).

        Args:
            samples: (n,) at the codec's rate, at least one; the last frame may be
                incomplete.
        """
        return self.quantize(self.latents(samples))

    def latents(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the quantisers search for, (frames, 2 * codebook width)."""
        assert len(samples)
        size = self._samples_per_row
        num_rows = -(-len(samples) // size)
        padded = np.zeros((2, num_rows * size), np.float32)
        padded[0, : len(samples)] = samples
        padded[1, : len(samples)] = 1
        sound, valid = padded.reshape(2, num_rows, size)
        analysis, encoder, downsample = self._stages
        rows = _run(*analysis, {SAMPLES: sound, VALID: valid})
        hidden = _run(*encoder, {ROWS: rows})
        # The first row is repeated before the sound, the last one to whole frames.
        before = np.repeat(hidden[:1], self._stride, axis=0)
        after = np.repeat(hidden[-1:], -num_rows % self._stride, axis=0)
        wide = np.concatenate([before, hidden, after])
        wide = wide.reshape(-1, self._stride * self._width)
        return _run(*downsample, {HIDDEN: wide})[1:]

    def quantize(self, latents: NDArray[np.float32]) -> NDArray[np.int32]:
        """Return the nearest codes, each of what the ones before it left over."""
        middle = latents.shape[1] // 2
        semantic, rest = latents[:, :middle], latents[:, middle:]
        codes = np.empty((len(latents), self._num_codebooks), np.int32)
        codes[:, 0], _ = self._nearest(0, semantic)
        for index in range(1, self._num_codebooks):
            codes[:, index], found = self._nearest(index, rest)
            rest = rest - found
        return codes

    def _nearest(
        self, index: int, rows: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Codes and their vectors; in float64, so that only ties are left to chance."""
        ids = np.arange(self._codebook_size)
        book = self._codebooks.rows(index * self._codebook_size + ids)
        wide = book.astype(np.float64)
        distances = np.square(wide).sum(axis=1) - 2 * (rows.astype(np.float64) @ wide.T)
        codes = distances.argmin(axis=1)
        return codes, book[codes]


def _run(
    stage: StageExecutor, max_rows: int, output: str, inputs: dict[str, NDArray[Any]]
) -> NDArray[np.float32]:
    run = stage.open(max_rows)
    count = len(next(iter(inputs.values())))
    parts = []
    for first in range(0, count, max_rows):
        piece = {name: x[first : first + max_rows] for name, x in inputs.items()}
        parts.append(run.run(piece)[output].copy())
    run.close()
    return np.concatenate(parts)


def _width(stage: StageExecutor) -> int:
    width = stage.signature.inputs[0].shape[-1]
    assert isinstance(width, int)
    return width
