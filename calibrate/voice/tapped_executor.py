"""Listens to a stage while it runs, and can put one output in place of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.packs import StageSignature

Arrays = Mapping[str, NDArray[Any]]
Change = Callable[[int, dict[str, NDArray[Any]]], None]
"""Given the number of the run and copies of its outputs, changes them in place."""


class TappedExecutor:
    """A ``StageExecutor`` around another one; one stream at a time.

    Args:
        executor: What really runs.
        change: Applied to the outputs of every run, before they are passed on.
    """

    def __init__(self, executor: StageExecutor, change: Change | None = None) -> None:
        self._executor = executor
        self._change = change
        self.outputs: list[dict[str, NDArray[Any]]] = []
        """Outputs of every run since the start, as passed on."""

    @property
    def signature(self) -> StageSignature:
        """That of the executor inside."""
        return self._executor.signature

    def open(self, max_rows: int) -> StageRun:
        """Open the executor inside."""
        return _TappedRun(self, self._executor.open(max_rows))

    def close(self) -> None:
        """Leave the executor inside open: its owner closes it."""

    def pass_on(self, outputs: Arrays) -> Arrays:
        """Copy, change and remember what a run gave."""
        copies = {name: np.array(value) for name, value in outputs.items()}
        if self._change is not None:
            self._change(len(self.outputs), copies)
        self.outputs.append(copies)
        return copies


class _TappedRun:
    def __init__(self, owner: TappedExecutor, run: StageRun) -> None:
        self._owner = owner
        self._run = run

    def run(self, inputs: Arrays) -> Arrays:
        return self._owner.pass_on(self._run.run(inputs))

    def reset(self) -> None:
        self._run.reset()

    def close(self) -> None:
        self._run.close()
