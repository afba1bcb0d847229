"""A streamed stage whose look-ahead is a delay: hides the delay from its caller."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageRun


class DelayedStage:
    """Feeds rows to a stage and returns, in order, the output of every input row.

    What the first ``lookahead`` rows of a run give is about times before the signal and
    is dropped; ``finish`` pushes as many zero rows to get the last outputs out.

    Args:
        run: The stage.
        input_name: Its input of rows.
        lookahead: Rows of delay.
        width: Columns of the input.
        valid_name: Input that marks the rows of the signal; empty if there is none.
        max_rows: Most rows of one push, with ``valid_name``.
    """

    def __init__(
        self,
        run: StageRun,
        input_name: str,
        lookahead: int,
        width: int,
        valid_name: str = "",
        max_rows: int = 0,
    ) -> None:
        self._run = run
        self._input_name = input_name
        self._lookahead = lookahead
        self._flush = np.zeros((lookahead, width), np.float32)
        self._valid_name = valid_name
        self._valid = np.ones((max_rows, 1), np.float32)
        self._to_drop = lookahead

    def reset(self) -> None:
        """Zero all states for a new utterance."""
        self._run.reset()
        self._to_drop = self._lookahead

    def push(self, rows: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Outputs by name for the rows that are known by now; may have no rows.

        The arrays are views into the stage's memory: valid until the next call.
        """
        return self._push(rows, self._valid[: len(rows)])

    def finish(self) -> dict[str, NDArray[np.float32]]:
        """Outputs for the last ``lookahead`` rows that were pushed."""
        return self._push(self._flush, self._flush[:, :1])

    def _push(
        self, rows: NDArray[np.float32], valid: NDArray[np.float32]
    ) -> dict[str, NDArray[np.float32]]:
        inputs = {self._input_name: rows}
        if self._valid_name:
            inputs[self._valid_name] = valid
        outputs: Mapping[str, NDArray[np.float32]] = self._run.run(inputs)
        dropped = min(self._to_drop, len(rows))
        self._to_drop -= dropped
        return {
            name: value[dropped * len(value) // len(rows) :]
            for name, value in outputs.items()
        }
