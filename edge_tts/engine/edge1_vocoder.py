"""Family ``edge1``: log-mels, pitch and voicing to samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_tts.engine.delayed_stage import DelayedStage
from edge_tts.engine.elementary import exp
from edge_tts.engine.source_filter import open_source_filter
from edge_tts.models.edge1 import (
    FRAME_FEATURES,
    LOG_F0_CENTRE,
    LOG_F0_SCALE,
    MEL_FLOOR,
    MEL_SCALE,
    NUM_MELS,
)


class Edge1Vocoder:
    """Streams frames through the filter network and the signal processing after it."""

    def __init__(self, stage: DelayedStage, sample_rate: int) -> None:
        self._stage = stage
        self._source_filter = open_source_filter(sample_rate)
        self._f0 = np.zeros(0, np.float32)
        self._voiced = np.zeros(0, np.float32)

    def reset(self, seed: int) -> None:
        """Start a new utterance whose noise is that of ``seed``."""
        self._stage.reset()
        self._source_filter.reset(seed)
        self._f0 = np.zeros(0, np.float32)
        # One frame before the first, which the gate of the first looks back at.
        self._voiced = np.zeros(1, np.float32)

    def push(
        self,
        mel: NDArray[np.float32],
        log_f0: NDArray[np.float32],
        voiced: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Take frames, return the samples that are final.

        Args:
            mel: Natural-log mels, (T, 80).
            log_f0: log Hz, continuous through unvoiced frames, (T,).
            voiced: 1 where voiced, (T,).
        """
        x = np.empty((len(mel), FRAME_FEATURES), np.float32)
        x[:, :NUM_MELS] = (mel - np.float32(MEL_FLOOR)) / np.float32(MEL_SCALE)
        np.maximum(x[:, :NUM_MELS], 0.0, out=x[:, :NUM_MELS])
        x[:, NUM_MELS] = (log_f0 - np.float32(LOG_F0_CENTRE)) * np.float32(LOG_F0_SCALE)
        x[:, NUM_MELS + 1] = voiced
        self._f0 = np.concatenate([self._f0, exp(log_f0)])
        self._voiced = np.concatenate([self._voiced, voiced])
        return self._synthesize(self._stage.push(x))

    def finish(self) -> NDArray[np.float32]:
        """Return the rest of the samples."""
        # The frame after the last is unvoiced.
        self._voiced = np.concatenate([self._voiced, np.zeros(1, np.float32)])
        samples = self._synthesize(self._stage.finish())
        return np.concatenate([samples, self._source_filter.finish()])

    def _synthesize(
        self, outputs: dict[str, NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        count = len(outputs["excitation"])
        if count == 0:
            return np.zeros(0, np.float32)
        # The stage looks ahead by at least one frame: the gate may do so too.
        voiced = self._voiced
        gate = np.maximum(voiced[:-2], voiced[1:-1])
        gate = np.maximum(gate, voiced[2:])[:count]
        samples = self._source_filter.push(self._f0[:count], gate, outputs)
        self._f0 = self._f0[count:]
        self._voiced = voiced[count:]
        return samples
