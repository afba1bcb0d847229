"""Family ``edge1``: tokens to conditioned rows and durations, window by window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageRun
from edge_tts.engine.edge1_constants import Edge1Constants
from edge_tts.engine.elementary import LN_2, exp
from edge_tts.engine.length_regulator import DurationRounder
from edge_tts.engine.token_sequence import TokenSequence
from edge_tts.engine.token_window import TokenWindow, token_windows
from edge_tts.options import SynthesisOptions

MAX_LEADING_SILENCE_FRAMES = 3
"""The recordings start with 0.12 s of silence; nobody wants to wait for that."""

MAX_CONDITIONED_SHIFT = 1.5
"""Pitch shift in speaker standard deviations that the decoder is told about; beyond
that its mels leave what it was trained on, and the vocoder alone raises the pitch."""


@dataclass(frozen=True)
class EncodedWindow:
    """What the frames of one window of tokens are made from."""

    window: TokenWindow
    rows: NDArray[np.float32]
    """(N, D), one row per token of the window."""
    frames: NDArray[np.int64]
    """(N,) frames per token."""


class Edge1Encoder:
    """Runs the token-rate stages of one stream."""

    def __init__(
        self,
        encoder: StageRun,
        conditioner: StageRun,
        constants: Edge1Constants,
        speaker_index: int,
    ) -> None:
        self._encoder = encoder
        self._conditioner = conditioner
        self._constants = constants
        self._speaker_index = speaker_index

    def speak_as(self, speaker_index: int) -> None:
        """Choose the speaker of what is encoded next."""
        self._speaker_index = speaker_index

    def encode(
        self, tokens: TokenSequence, options: SynthesisOptions
    ) -> Iterator[EncodedWindow]:
        """Yield the windows of one utterance in order; each outlives the next."""
        rounder = DurationRounder()
        context = self._constants.encoder_context
        for window in token_windows(len(tokens), context):
            rows, durations = self._run(tokens, window, options)
            part = slice(window.start, window.stop)
            frames = rounder.round(durations, tokens.is_pause[part])
            if window.start == 0:
                frames[0] = min(int(frames[0]), MAX_LEADING_SILENCE_FRAMES)
            yield EncodedWindow(window, rows, frames)

    def conditioned_shift(self, options: SynthesisOptions) -> float:
        """The part of the pitch shift that the decoder hears of, in log F0 z-score."""
        log_ratio = options.pitch * LN_2 / 12.0
        shift = log_ratio / float(self._constants.log_f0_std[self._speaker_index])
        return max(-MAX_CONDITIONED_SHIFT, min(MAX_CONDITIONED_SHIFT, shift))

    def _run(
        self, tokens: TokenSequence, window: TokenWindow, options: SynthesisOptions
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        seen = slice(window.first_seen, window.last_seen)
        count = window.last_seen - window.first_seen
        outputs = self._encoder.run(
            {
                "phoneme_ids": tokens.phoneme_ids[seen],
                "stresses": tokens.stresses[seen],
                "word_positions": tokens.word_positions[seen],
                "speaker_ids": np.full(count, self._speaker_index, np.int64),
            }
        )
        prosody = outputs["prosody"]  # (N, 3)
        pitch_energy = prosody[:, 1:3].copy()
        pitch_energy[:, 0] += np.float32(self.conditioned_shift(options))
        conditioned = self._conditioner.run(
            {"hidden": outputs["hidden"], "pitch_energy": pitch_energy}
        )["conditioned"]
        own = slice(window.start - window.first_seen, window.stop - window.first_seen)
        pace = np.float32(self._constants.duration_scale / options.speed)
        durations = (exp(np.clip(prosody[own, 0], 0.0, 7.0)) - np.float32(1.0)) * pace
        return conditioned[own].copy(), durations
