"""The interface of a stage: what goes in, what comes out, what is carried over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from edge_tts.packs.state_spec import StateSpec
from edge_tts.packs.tensor_spec import TensorSpec, split_dim


class StageSignature(NamedTuple):
    """Declared tensors of a stage; every backend of the stage has the same."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    states: tuple[StateSpec, ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbolic dimensions of the inputs, in order of appearance."""
        return tuple(dict.fromkeys(_symbols(self.inputs)))


def _symbols(tensors: tuple[TensorSpec, ...]) -> Iterator[str]:
    for tensor in tensors:
        for dim in tensor.shape:
            _, symbol = split_dim(dim)
            if symbol is not None:
                yield symbol
