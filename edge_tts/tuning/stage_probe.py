"""One variant of a stage, ready to be timed with rows of a stage's own shape."""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor, StageSignature
from edge_tts.packs.stage import Stage
from edge_tts.packs.tensor_spec import TensorSpec

UTTERANCE_ROWS: Final = 48
"""Rows of stages that take an utterance at once: a sentence has some 50 sounds."""


class StageProbe:
    """Times calls of one executor.

    Args:
        signature: What goes in.
        executor: What runs it.
        rows: Sizes of calls that will be asked for.
    """

    def __init__(
        self,
        signature: StageSignature,
        executor: StageExecutor,
        rows: tuple[int, ...],
    ) -> None:
        self._run = executor.open(max(rows))
        generator = np.random.default_rng(0)
        self._inputs = {
            count: {
                tensor.name: _array(tensor, count, generator)
                for tensor in signature.inputs
            }
            for count in rows
        }

    def seconds(self, rows: int, calls: int = 2) -> float:
        """Least time of a call of ``rows`` rows among a few in a row."""
        inputs = self._inputs[rows]
        self._run.reset()
        best = float("inf")
        for _ in range(calls):
            started = time.perf_counter()
            self._run.run(inputs)
            best = min(best, time.perf_counter() - started)
        return best

    def close(self) -> None:
        """Give up the buffers."""
        self._run.close()


def rows_of(stage: Stage, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Rows per call that a stage meets."""
    if stage.kind == "ar":
        return (1,)
    if stage.chunking == "whole":
        return (UTTERANCE_ROWS,)
    return sizes


def _array(
    tensor: TensorSpec, rows: int, generator: np.random.Generator
) -> NDArray[Any]:
    symbols = [dim.rpartition("*")[2] for dim in tensor.shape if isinstance(dim, str)]
    shape = tensor.resolve(dict.fromkeys(symbols, rows))
    if tensor.dtype.startswith(("int", "uint", "bool")):
        # Ids: the first entry of a table is always there.
        return np.zeros(shape, tensor.dtype)
    return generator.standard_normal(shape).astype(tensor.dtype)
