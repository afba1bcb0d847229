"""Runs a stage in NumPy float32 and writes down what went in: calibration data.

Quantisers must see the stage's own inputs, made by the stages before it from real text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.export_builder import StageNetwork
from edge_tts.network.reference import run_reference
from edge_tts.packs import StageSignature

Inputs = Mapping[str, NDArray[Any]]


class RecordingExecutor:
    """A ``StageExecutor`` over the NumPy reference; one stream at a time.

    Args:
        network: The stage.
        signature: As the pack will declare it.
    """

    def __init__(self, network: StageNetwork, signature: StageSignature) -> None:
        self._network = network
        self.signature = signature
        self.inputs: list[dict[str, NDArray[Any]]] = []
        """Inputs of every run since the start, copied."""
        self.outputs: list[dict[str, NDArray[Any]]] = []
        """Outputs of the same runs."""

    def open(self, max_rows: int) -> _RecordingRun:
        """Start a run; ``max_rows`` does not matter here."""
        return _RecordingRun(self, self._network)

    def close(self) -> None:
        """Nothing to give up."""


class _RecordingRun:
    def __init__(self, owner: RecordingExecutor, network: StageNetwork) -> None:
        self._owner = owner
        self._network = network
        self._states = network.spec.zero_states()

    def run(self, inputs: Inputs) -> Inputs:
        self._owner.inputs.append({k: np.array(v) for k, v in inputs.items()})
        network = self._network
        outputs, self._states = run_reference(
            network.spec, network.tensors, inputs, self._states
        )
        self._owner.outputs.append({k: np.array(v) for k, v in outputs.items()})
        return outputs

    def reset(self) -> None:
        self._states = self._network.spec.zero_states()

    def close(self) -> None:
        pass
