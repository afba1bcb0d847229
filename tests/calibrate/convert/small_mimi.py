"""A tiny Mimi with what the reference made of it; ``tests.parity`` writes both."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.convert.mimi import MimiParts, convert_mimi
from edge_tts.backends.base import StageExecutor
from edge_tts.backends.native_session import NativeSession
from edge_tts.engine.mimi_decoder import MimiDecoder
from edge_tts.engine.mimi_encoder import MimiEncoder
from edge_tts.models.mimi import (
    ANALYSIS,
    CODEBOOKS,
    DECODER,
    DOWNSAMPLE,
    ENCODER,
    SYNTHESIS,
)
from edge_tts.packs.tensor_file import TensorFile

FOLDER: Final = Path(__file__).parents[2] / "data" / "mimi_tiny"
NUM_CODEBOOKS: Final = 4
CODEBOOK_SIZE: Final = 32


class FloatRows:
    """A table in float32."""

    def __init__(self, table: NDArray[np.float32]) -> None:
        self._table = table

    def rows(self, ids: NDArray[Any]) -> NDArray[np.float32]:
        return self._table[ids]


@cache
def small_mimi() -> MimiParts:
    return convert_mimi(FOLDER, NUM_CODEBOOKS)


@cache
def vectors() -> TensorFile:
    data = (FOLDER / "vectors.safetensors").read_bytes()
    return TensorFile(memoryview(data), "vectors")


@cache
def executors() -> dict[str, StageExecutor]:
    return {
        stage.id: NativeSession(stage.spec, stage.tensors)
        for stage in small_mimi().stages
    }


def codebooks() -> FloatRows:
    return FloatRows(small_mimi().tables[CODEBOOKS])


def decoder() -> MimiDecoder:
    stages = executors()[DECODER], executors()[SYNTHESIS]
    return MimiDecoder(*stages, codebooks(), NUM_CODEBOOKS, CODEBOOK_SIZE)


def encoder() -> MimiEncoder:
    stages = (executors()[name] for name in (ANALYSIS, ENCODER, DOWNSAMPLE))
    return MimiEncoder(*stages, codebooks(), NUM_CODEBOOKS, CODEBOOK_SIZE)


def relative_error(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """Largest difference as part of the root mean square of what is expected."""
    assert found.shape == expected.shape
    rms = np.sqrt(np.square(expected.astype(np.float64)).mean())
    return float(np.abs(found.astype(np.float64) - expected).max() / rms)
