"""The networks of the engine benchmark, by the names of its command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks.vocos import vocos
from benchmarks.networks.wavenet import wavenet
from edge_tts.network.stack_spec import StackSpec

Network = tuple[StackSpec, dict[str, NDArray[np.float32]]]

NETWORKS: Final[dict[str, Callable[[], Network]]] = {
    "wavenet": wavenet,
    "vocoder": vocos,
}
"""Name -> description and float32 tensors."""


def random_inputs(spec: StackSpec, num_rows: int, seed: int = 5) -> dict[str, Any]:
    """Returns one chunk: Gaussian rows, or ids of the first two table entries."""
    generator = np.random.default_rng(seed)
    inputs: dict[str, Any] = {}
    for given in spec.inputs:
        if given.dtype == "int64":
            inputs[given.name] = generator.integers(0, 2, num_rows)
        else:
            rows = generator.standard_normal((num_rows, given.channels))
            inputs[given.name] = rows.astype(np.float32)
    return inputs
