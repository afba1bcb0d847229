"""Owns SoproGenerator: the codes of the first codebook, one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageRun
from edge_tts.engine.sopro_conditioner import SoproConditioner
from edge_tts.engine.sopro_constants import SoproConstants
from edge_tts.engine.token_sampler import SamplerSettings, TokenSampler


class SoproGenerator:
    """The loop around the stage ``ar``.

    Two quirks of the reference are kept, because networks were trained and tuned with
    them: the stop code may be drawn at any frame and ends speech even before
    ``min_frames``, and v1 counts its patience from ``min_frames`` on.

    Args:
        run: Of the stage ``ar``.
        conditioner: Of the same utterance.
        constants: Of the pack.
    """

    def __init__(
        self,
        run: StageRun,
        conditioner: SoproConditioner,
        constants: SoproConstants,
    ) -> None:
        self._run = run
        self._conditioner = conditioner
        self._constants = constants
        self._sampler = TokenSampler(constants.sampler)
        self._bos = len(constants.code_table) - 1
        self._codes = np.zeros(len(constants.frame_positions), np.int64)
        self._prompt: list[int] = []
        self._held: Mapping[str, NDArray[np.float32]] = {}
        self._count = 0
        self._limit = 0
        self._stop_logit = 0.0
        self._patience = 0
        self._streak = 0
        self.ended = True
        """Whether there is no further code."""

    def start(
        self,
        held: Mapping[str, NDArray[np.float32]],
        prompt: list[int],
        sampler: SamplerSettings,
        seed: int,
        limit: int,
        stop: tuple[float, int] | None = None,
    ) -> None:
        """Begin an utterance.

        Args:
            held: Keys and values of the text.
            prompt: v1: codes that the first ones see before them.
            sampler: How to draw.
            seed: Of the draws.
            limit: Most frames.
            stop: v1: threshold and patience; None for those of the pack.
        """
        constants = self._constants
        self._run.reset()
        self._held = held
        self._prompt = prompt
        self._sampler.start(sampler, seed)
        self._limit = min(limit, len(self._codes))
        threshold, self._patience = stop or (
            constants.stop_threshold,
            constants.stop_patience,
        )
        threshold = min(max(threshold, 1e-6), 1 - 1e-6)
        self._stop_logit = math.log(threshold / (1 - threshold))
        self._count = self._streak = 0
        self.ended = self._limit < 1

    @property
    def codes(self) -> NDArray[np.int64]:
        """The codes so far; a view."""
        return self._codes[: self._count]

    @property
    def stopped(self) -> bool:
        """Whether the network itself ended the speech."""
        return self.ended and self._count < self._limit

    def advance(self, stop: int) -> int:
        """Draw codes until there are ``stop`` of them, or speech ends.

        Returns:
            Number of codes.
        """
        while self._count < stop and not self.ended:
            logits = self.step()
            self.take(self._sampler.draw(logits))
        return self._count

    def step(self) -> NDArray[np.float32]:
        """Logits (N,) of the next code; a view."""
        row = self._conditioner.rows(self._count, self._count + 1) + self._history()
        outputs = self._run.run({"x": row, **self._held})
        self._held = {}  # They stay until the next reset.
        logits: NDArray[np.float32] = outputs["logits"][0]
        return logits

    def take(self, code: int) -> None:
        """Go on with a code."""
        constants = self._constants
        if code >= constants.codebook_size:
            self.ended = True
            return
        self._codes[self._count] = code
        self._count += 1
        if constants.stop_weight is not None and self._wants_to_stop(code):
            self.ended = True
        if self._count >= self._limit:
            self.ended = True

    def _history(self) -> NDArray[np.float32]:
        """What is seen of the codes before, (C,)."""
        weights = self._constants.history_weights
        recent = self._codes[max(0, self._count - len(weights)) : self._count]
        known = [self._bos] * len(weights) + self._prompt + recent.tolist()
        ids = np.array([known[: -len(weights) - 1 : -1]])
        rows = self._constants.code_table.weighted_sum(ids, weights)
        seen: NDArray[np.float32] = rows[0]
        return seen

    def _wants_to_stop(self, code: int) -> bool:
        constants = self._constants
        assert constants.stop_weight is not None
        row = self._conditioner.rows(self._count - 1, self._count)[0].astype(np.float64)
        row += constants.code_table.rows(np.array([code]))[0]
        logit = float(row @ constants.stop_weight) + constants.stop_bias
        late = self._count >= constants.min_frames
        self._streak = self._streak + 1 if late and logit > self._stop_logit else 0
        return self._streak >= self._patience
