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

    @property
    def held(self) -> frozenset[str]:
        """Inputs whose rows are none of the outputs' rows.

        They stay as they are from call to call until they are given again.
        """
        rows = set(_symbols(self.outputs))
        return frozenset(
            spec.name
            for spec in self.inputs
            if (own := set(_symbols((spec,)))) and not own & rows
        )


def _symbols(tensors: tuple[TensorSpec, ...]) -> Iterator[str]:
    for tensor in tensors:
        for dim in tensor.shape:
            _, symbol = split_dim(dim)
            if symbol is not None:
                yield symbol
