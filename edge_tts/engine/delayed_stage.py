"""A streamed stage whose look-ahead is a delay: hides the delay from its caller."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageRun


class DelayedStage:
    """Feeds rows to a stage and returns, in order, one output row per input row.

    The first ``lookahead`` output rows of a run are about times before the signal and
    are dropped; ``finish`` pushes as many zero rows to get the last ones out.
    """

    def __init__(
        self, run: StageRun, input_name: str, lookahead: int, width: int
    ) -> None:
        self._run = run
        self._input_name = input_name
        self._lookahead = lookahead
        self._flush = np.zeros((lookahead, width), np.float32)
        self._to_drop = lookahead

    def reset(self) -> None:
        """Zero all states for a new utterance."""
        self._run.reset()
        self._to_drop = self._lookahead

    def push(self, rows: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Outputs by name for the rows that are known by now; may have no rows.

        The arrays are views into the stage's memory: valid until the next call.
        """
        outputs: Mapping[str, NDArray[np.float32]] = self._run.run(
            {self._input_name: rows}
        )
        dropped = min(self._to_drop, len(rows))
        self._to_drop -= dropped
        return {name: value[dropped:] for name, value in outputs.items()}

    def finish(self) -> dict[str, NDArray[np.float32]]:
        """Outputs for the last ``lookahead`` rows that were pushed."""
        return self.push(self._flush)
