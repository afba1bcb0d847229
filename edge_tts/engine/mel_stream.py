"""Family ``mel_vocoder``: frames of one utterance to samples, chunk by chunk."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.base import StageExecutor
from edge_tts.engine.delayed_stage import DelayedStage
from edge_tts.errors import BackendError
from edge_tts.models.mel_vocoder import MEL, VALID, WAVE

MAX_CHUNK_FRAMES: Final = 128
"""Frames that one call of the stage can take; more are cut."""


class MelStream:
    """States of one utterance: push its frames, then finish.

    Args:
        vocoder: The stage.
        lookahead: Frames by which it lags.
        num_mels: Bands of a frame.
    """

    def __init__(self, vocoder: StageExecutor, lookahead: int, num_mels: int) -> None:
        self._num_mels = num_mels
        self._lookahead = lookahead
        self._run = vocoder.open(max(MAX_CHUNK_FRAMES, lookahead))
        self._stage = DelayedStage(
            self._run, MEL, lookahead, num_mels, VALID, MAX_CHUNK_FRAMES
        )
        self._num_frames = 0

    def reset(self) -> None:
        """Start a new utterance."""
        self._stage.reset()
        self._num_frames = 0

    def push(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take frames (T, bands), return the samples that are final, (n,) float32.

        Raises:
            BackendError: The frames have another width or type.
        """
        if mel.ndim != 2 or mel.shape[1] != self._num_mels or mel.dtype != np.float32:
            raise BackendError(
                f"mel frames must be (frames, {self._num_mels}) float32, got "
                f"{mel.shape} {mel.dtype}"
            )
        self._num_frames += len(mel)
        parts = [
            self._stage.push(mel[first : first + MAX_CHUNK_FRAMES])[WAVE].ravel().copy()
            for first in range(0, len(mel), MAX_CHUNK_FRAMES)
        ]
        return _joined(parts)

    def finish(self) -> NDArray[np.float32]:
        """Return the rest of the samples; ``reset`` before the next utterance."""
        if self._num_frames == 0 or self._lookahead == 0:
            return _joined([])
        return _joined([self._stage.finish()[WAVE].ravel()])

    def close(self) -> None:
        """Give up states and buffers."""
        self._run.close()


def _joined(parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
