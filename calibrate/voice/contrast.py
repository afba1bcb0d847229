"""Gives back the contrast that a trained decoder averages away.

A network that minimises a distance predicts means: its spectra vary less from band to
band, and its pitch less from phone to phone, than speech does. Statistical synthesis
restores the variance by a filter after the network (T. Toda, K. Tokuda: A Speech
Parameter Generation Algorithm Considering Global Variance, IEICE Trans. 2007). Here
the filter is linear within a frame, so that it is folded into the last layer and costs
nothing at run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from calibrate.voice.acoustic_config import AcousticConfig
from calibrate.voice.acoustic_stats import AcousticStats
from edge_tts.models.edge1 import FRAME_FEATURES

_NUM_NEIGHBOURS: Final = 15
"""Bands around one that count as its surroundings: wider than a formant."""


@dataclass(frozen=True)
class Contrast:
    """How much deviation is added to what the networks predict; 0 adds none."""

    tilt: float = 0.06
    """Of a band's deviation from the mean of all bands of its frame."""
    formants: float = 0.12
    """Of a band's deviation from the mean of its 15 neighbours."""
    pitch: float = 0.2
    """Of a phone's pitch from the speaker's mean."""

    def matrix(self, num_mels: int) -> NDArray[np.float64]:
        """What a frame's deviation from the mean log-mel is multiplied by.

        Args:
            num_mels: Number of bands, M.

        Returns:
            (M, M) float64; the identity if nothing is added. A frame's level, the mean
            over all bands, stays as it is but for the edges of ``formants``.
        """
        reach = _NUM_NEIGHBOURS // 2
        bands = np.arange(num_mels)
        surroundings = np.zeros((num_mels, num_mels))
        for offset in range(-reach, reach + 1):
            neighbours = np.clip(bands + offset, 0, num_mels - 1)
            np.add.at(surroundings, (bands, neighbours), 1.0 / _NUM_NEIGHBOURS)
        identity = np.eye(num_mels)
        return (
            identity
            + self.tilt * (identity - 1.0 / num_mels)
            + self.formants * (identity - surroundings)
        )

    def applied(
        self, config: AcousticConfig, stats: AcousticStats, state: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Weights of the acoustic model with the contrast folded in.

        Args:
            config: Of the model.
            stats: What its mels are normalised by.
            state: Its weights; not changed.
        """
        num_mels = len(stats.mel_std)
        std = np.asarray(stats.mel_std, np.float64)
        filtered = self.matrix(num_mels) * std / std[:, None]
        rows = torch.from_numpy(filtered)
        result = dict(state)
        for name in ("decoder.out.weight", "decoder.out.bias"):
            values = state[name].double().clone()
            for frame in range(config.frames_per_step):
                first = frame * FRAME_FEATURES
                mels = slice(first, first + num_mels)
                values[mels] = rows @ values[mels]
            result[name] = values.to(state[name].dtype)
        for name in ("encoder.contour.out.weight", "encoder.contour.out.bias"):
            values = state[name].clone()
            values[0] *= 1.0 + self.pitch
            result[name] = values
        return result
