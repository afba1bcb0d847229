"""Refinement: the other codebooks of frames whose first code is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageRun
from edge_tts.engine.sopro_conditioner import SoproConditioner
from edge_tts.engine.sopro_constants import SoproConstants

HEAD_ROWS: Final = 16
"""Frames whose logits are made at once: 65,536 numbers each in the last pass."""
CONTEXT: Final = 90
"""Frames before the first new one that v1.5 looks at: as far as its kernels reach."""


class Refiner(Protocol):
    """Fills in codebooks of one utterance, a stretch of frames after another."""

    def start(self) -> None:
        """Begin an utterance."""

    def refine(
        self, codes: NDArray[np.int32], first: int, stop: int, known: int
    ) -> None:
        """Fill in ``codes[first:stop, 1:]``.

        Args:
            codes: (T, codebooks); column 0 is known up to row ``known``, the others
                up to row ``first``.
            first: First new frame.
            stop: The one after the last.
            known: Frames whose first code may be looked at, at least ``stop``.
        """


class CausalRefiner:
    """v1: a causal network per pass, which remembers what came before.

    Args:
        runs: Of the passes, with room for ``HEAD_ROWS`` rows.
        conditioner: Of the same utterance.
        constants: Of the pack.
    """

    def __init__(
        self,
        runs: Sequence[StageRun],
        conditioner: SoproConditioner,
        constants: SoproConstants,
    ) -> None:
        self._runs = runs
        self._conditioner = conditioner
        self._constants = constants

    def start(self) -> None:
        """Begin an utterance."""
        for run in self._runs:
            run.reset()

    def refine(
        self, codes: NDArray[np.int32], first: int, stop: int, known: int
    ) -> None:
        """Fill in the frames; how they are divided changes no code."""
        for index, run in enumerate(self._runs):
            books = slice(*self._constants.passes[index])
            for start in range(first, stop, HEAD_ROWS):
                end = min(start + HEAD_ROWS, stop)
                cond = self._conditioner.rows(start, end)
                x = mixed_input(self._constants, index, cond, codes[start:end])
                logits = run.run({"x": x})["logits"]
                codes[start:end, books] = picked(logits, self._constants.codebook_size)


class WindowRefiner:
    """v1.5: one network for all passes, which looks 90 frames ahead.

    Every stretch is refined within a window: ``CONTEXT`` frames before it, whose codes
    are final and stay, and those after it whose first code is known. What lies further
    ahead counts as silence, as if the utterance ended there: with all codes known the
    result is exact, with few it differs, and what was given out is not taken back.

    Args:
        trunk: Run of the stage ``nar``.
        heads: Runs of the passes' heads, with room for ``HEAD_ROWS`` rows.
        conditioner: Of the same utterance.
        constants: Of the pack.
    """

    def __init__(
        self,
        trunk: StageRun,
        heads: Sequence[StageRun],
        conditioner: SoproConditioner,
        constants: SoproConstants,
    ) -> None:
        assert constants.nar_styles is not None
        self._trunk = trunk
        self._heads = heads
        self._conditioner = conditioner
        self._constants = constants
        longest = len(constants.frame_positions)
        shape = (longest, constants.nar_styles.shape[1])
        self._styles = [np.broadcast_to(row, shape) for row in constants.nar_styles]

    def start(self) -> None:
        """Begin an utterance; nothing is remembered but the codes."""

    def refine(
        self, codes: NDArray[np.int32], first: int, stop: int, known: int
    ) -> None:
        """Fill in the frames; later ones get codes that are not final."""
        begin = max(0, first - CONTEXT)
        cond = self._conditioner.rows(begin, known)
        # Codes ahead are looked at by the next pass and then made again.
        window = codes[begin:known].copy()
        for index, heads in enumerate(self._heads):
            x = mixed_input(self._constants, index, cond, window)
            style = self._styles[index][: len(x)]
            inner = self._trunk.run({"x": x, "style": style})["code"]
            books = slice(*self._constants.passes[index])
            last = index + 1 == len(self._heads)
            end = (stop if last else known) - begin
            for start in range(first - begin, end, HEAD_ROWS):
                rows = slice(start, min(start + HEAD_ROWS, end))
                logits = heads.run({"x": inner[rows]})["logits"]
                window[rows, books] = picked(logits, self._constants.codebook_size)
        codes[first:stop, 1:] = window[first - begin : stop - begin, 1:]


def mixed_input(
    constants: SoproConstants,
    index: int,
    cond: NDArray[np.float32],
    codes: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Input (T, C) of a pass: conditioning and the codes of earlier passes, weighed.

    Args:
        constants: Of the pack.
        index: Of the pass.
        cond: (T, C).
        codes: (T, codebooks), of which those of earlier passes are read.
    """
    share, rest = constants.mixes[index]
    count = constants.passes[index][0]
    weights = constants.code_weights[index, :count]
    ids = codes[:, :count] + np.arange(count) * constants.codebook_size
    known = constants.code_table.weighted_sum(ids, weights)
    result: NDArray[np.float32] = share * cond + rest * known
    return result


def picked(logits: NDArray[np.float32], size: int) -> NDArray[np.int32]:
    """Likeliest code of every codebook, (T, books)."""
    found = logits.reshape(len(logits), -1, size).argmax(axis=2)
    result: NDArray[np.int32] = found.astype(np.int32)
    return result
