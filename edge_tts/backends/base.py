"""The interface of a backend: a compiled stage, and runs with states of their own.

The declarations (``TensorSpec``, ``StageSignature``) are the pack's; every backend of a
stage has the same ones, so the engine never asks which backend it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from edge_tts.packs.stage_signature import StageSignature
from edge_tts.packs.state_spec import StateSpec
from edge_tts.packs.tensor_spec import TensorSpec

__all__ = ["StageExecutor", "StageRun", "StageSignature", "StateSpec", "TensorSpec"]


class StageRun(Protocol):
    """One use of a stage, with states and buffers of its own; for one thread."""

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Run the next rows.

        Args:
            inputs: Every declared input by name; types must match exactly, and each
                symbolic dimension must have one size, 1 to ``max_rows``. Held inputs
                (``StageSignature.held``) may be left out: they keep their last value,
                until ``reset``. Their rows are not bounded by ``max_rows``.

        Returns:
            Every declared output by name: views that the next ``run`` overwrites.

        Raises:
            BackendError: An input does not fit, the run is closed, or the run fails.
        """
        ...

    def reset(self) -> None:
        """Put all states back to the start; allocates nothing."""
        ...

    def close(self) -> None:
        """Give up buffers; ``run`` is an error afterwards, closing again is not."""
        ...


class StageExecutor(Protocol):
    """One stage, compiled; threads may share it, each with runs of its own."""

    @property
    def signature(self) -> StageSignature:
        """Declared inputs, outputs and states."""
        ...

    def open(self, max_rows: int) -> StageRun:
        """Allocate states and buffers for at most ``max_rows`` rows per run.

        Raises:
            BackendError: There is no room, or ``max_rows`` is below 1.
        """
        ...

    def close(self) -> None:
        """Give up the compiled network; open runs must be closed before."""
        ...
