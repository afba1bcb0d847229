"""Owns SoproConditioner: the conditioning of each frame, made when it is wanted."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageRun
from edge_tts.engine.sopro_constants import SoproConstants
from edge_tts.packs.cloned_voice import ClonedVoice

BLOCK: Final = 16
"""Frames made at once; every frame is made by itself, so any number gives its bits."""


class SoproConditioner:
    """Frames of one utterance, each a function of text, speaker and its own number.

    Args:
        style: Run of the stage ``style``.
        cond: Run of the stage ``cond``, with room for ``BLOCK`` rows.
        constants: Of the pack.
    """

    def __init__(
        self, style: StageRun, cond: StageRun, constants: SoproConstants
    ) -> None:
        self._style_run = style
        self._cond_run = cond
        self._constants = constants
        self._rows = np.empty_like(constants.frame_positions)
        self._count = 0
        self._pooled = np.zeros(constants.width, np.float32)
        self._style = np.zeros((BLOCK, 2 * constants.width), np.float32)

    def start(
        self, pooled: NDArray[np.float32], voice: ClonedVoice, strength: float
    ) -> None:
        """Begin an utterance.

        Args:
            pooled: (C,) mean of the text's rows.
            voice: Whose speech it is.
            strength: Factor of what the speaker changes.
        """
        self._count = 0
        self._pooled[:] = pooled
        style = self._style_run.run({"speaker": voice.speaker[None]})["style"]
        self._style[:] = style * np.float32(strength)
        self._cond_run.reset()
        self._held = {
            f"ref_{role}{index}": rows
            for role, listed in (("k", voice.keys), ("v", voice.values))
            for index, rows in enumerate(listed)
        }

    def rows(self, first: int, stop: int) -> NDArray[np.float32]:
        """Conditioning of frames first to stop - 1, (n, C); a view."""
        while self._count < stop:
            self._make()
        return self._rows[first:stop]

    def _make(self) -> None:
        first = self._count
        count = min(BLOCK, len(self._rows) - first)
        positions = self._constants.frame_positions[first : first + count]
        inputs = {"x": self._pooled + positions, "style": self._style[:count]}
        made = self._cond_run.run(inputs | self._held)["cond"]
        self._rows[first : first + count] = made
        self._count += count
        self._held = {}  # They stay until the next reset.
