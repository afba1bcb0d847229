"""Writes down what a stage is given and gives, and asks another stage the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.evaluate.sound_distance import sqnr_db
from edge_tts.backends.base import StageExecutor, StageRun
from edge_tts.packs import StageSignature

Arrays = Mapping[str, NDArray[Any]]


class ReplayedExecutor:
    """A ``StageExecutor`` around another one; one stream at a time.

    Args:
        executor: What really runs.
    """

    def __init__(self, executor: StageExecutor) -> None:
        self._executor = executor
        self.steps: list[tuple[Arrays, Arrays] | None] = []
        """Copies of inputs and outputs in order; None where the states were reset."""
        self._max_rows = 1

    @property
    def signature(self) -> StageSignature:
        """That of the executor inside."""
        return self._executor.signature

    def open(self, max_rows: int) -> StageRun:
        """Open the executor inside."""
        self._max_rows = max(max_rows, self._max_rows)
        return _RecordedRun(self, self._executor.open(max_rows))

    def close(self) -> None:
        """Leave the executor inside open: its owner closes it."""

    def replay_sqnr_db(self, other: StageExecutor) -> float:
        """Gives ``other`` the same inputs; returns its SQNR, averaged over outputs."""
        run = other.open(self._max_rows)
        expected: dict[str, list[NDArray[Any]]] = {}
        found: dict[str, list[NDArray[Any]]] = {}
        for step in self.steps:
            if step is None:
                run.reset()
                continue
            inputs, outputs = step
            for name, rows in run.run(inputs).items():
                found.setdefault(name, []).append(np.array(rows))
                expected.setdefault(name, []).append(outputs[name])
        run.close()
        figures = [
            sqnr_db(np.concatenate(expected[name]), np.concatenate(found[name]))
            for name in expected
        ]
        return float(np.mean(figures))


class _RecordedRun:
    def __init__(self, owner: ReplayedExecutor, run: StageRun) -> None:
        self._owner = owner
        self._run = run
        owner.steps.append(None)

    def run(self, inputs: Arrays) -> Arrays:
        copies = {name: np.array(value) for name, value in inputs.items()}
        outputs = {n: np.array(v) for n, v in self._run.run(inputs).items()}
        self._owner.steps.append((copies, outputs))
        return outputs

    def reset(self) -> None:
        self._owner.steps.append(None)
        self._run.reset()

    def close(self) -> None:
        self._run.close()
