"""Puts a stack together layer by layer, with the tensors of each layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import Layer
from edge_tts.network.stack_spec import StackInput, StackSpec

Floats = NDArray[np.float32]


class StackBuilder:
    """A stack in the making.

    Args:
        name: Of the stack.
        inputs: What a call provides.
    """

    def __init__(self, name: str, inputs: Sequence[StackInput]) -> None:
        self._name = name
        self._inputs = tuple(inputs)
        self._layers: list[Layer] = []
        self._tensors: dict[str, Floats] = {}

    def add(self, layer: Layer, **tensors: Floats | None) -> str:
        """Append a layer and return the name of the value it defines.

        Args:
            layer: Reads earlier values.
            tensors: By role; None for those that the layer has not.
        """
        self._layers.append(layer)
        for role, tensor in tensors.items():
            if tensor is not None:
                contiguous = np.ascontiguousarray(tensor, np.float32)
                self._tensors[f"{layer.name}.{role}"] = contiguous
        return layer.name

    def finish(self, *outputs: str) -> tuple[StackSpec, dict[str, Floats]]:
        """Return the stack and its tensors.

        Raises:
            StackSpecError: Layers and tensors do not fit.
        """
        spec = StackSpec(self._name, self._inputs, tuple(self._layers), outputs)
        spec.check_tensors(self._tensors)
        return spec, self._tensors
