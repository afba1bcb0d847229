"""Random tensors for a network, of the size that trained ones have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.stack_spec import StackSpec


def random_tensors(spec: StackSpec, seed: int) -> dict[str, NDArray[np.float32]]:
    """Returns float32 tensors that keep values near unit size; equal for equal seeds.

    Weights are Gaussian with variance 1 / inputs, gains lie around 1, biases around 0.
    """
    generator = np.random.default_rng(seed)
    tensors = {}
    for name, shape in spec.tensors.items():
        array = generator.standard_normal(shape)
        role = name.rpartition(".")[2]
        if role in ("weight", "matrix"):
            array /= np.sqrt(np.prod(shape[:-1]))
        elif role == "gain":
            array = 1 + 0.1 * array
        elif role in ("bias", "offset"):
            array *= 0.1
        tensors[name] = array.astype(np.float32)
    return tensors
