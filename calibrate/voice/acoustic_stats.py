"""Normalisation constants that travel with the acoustic model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.dataset import SPEAKERS
from calibrate.voice.features import ClipFeatures


@dataclass(frozen=True)
class AcousticStats:
    """Means and deviations of the training clips."""

    mel_mean: NDArray[np.float32]
    """(80,) natural log, over all speakers."""
    mel_std: NDArray[np.float32]
    """(80,)."""
    f0_mean: NDArray[np.float32]
    """(speakers,) of log Hz over voiced frames."""
    f0_std: NDArray[np.float32]
    """(speakers,)."""
    energy_mean: NDArray[np.float32]
    """(speakers,) of the mean log mel of a frame."""
    energy_std: NDArray[np.float32]
    """(speakers,)."""

    @classmethod
    def measure(
        cls, features: Sequence[ClipFeatures], speaker_ids: Sequence[int]
    ) -> AcousticStats:
        """Measure training clips; a speaker without clips gets mean 0, deviation 1."""
        mel = np.concatenate([each.mel[::4] for each in features]).astype(np.float64)
        f0 = np.tile([[0.0], [1.0]], len(SPEAKERS))
        energy = f0.copy()
        for speaker in sorted(set(speaker_ids)):
            own = [
                f for f, s in zip(features, speaker_ids, strict=True) if s == speaker
            ]
            log_f0 = np.log(np.concatenate([each.f0[each.f0 > 0] for each in own]))
            loudness = np.concatenate([each.mel.mean(axis=1) for each in own])
            f0[:, speaker] = log_f0.mean(), log_f0.std()
            energy[:, speaker] = loudness.mean(), loudness.std()
        rows = mel.mean(axis=0), mel.std(axis=0), *f0, *energy
        return cls(*(np.asarray(row, np.float32) for row in rows))

    def denormalise_mel(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """(T, 80) model output to natural-log mel."""
        return mel * self.mel_std + self.mel_mean

    def denormalise_f0(
        self, log_f0: NDArray[np.float32], speaker_id: int
    ) -> NDArray[np.float32]:
        """(T,) z-score to Hz."""
        return np.exp(log_f0 * self.f0_std[speaker_id] + self.f0_mean[speaker_id])

    def to_dict(self) -> dict[str, Any]:
        """Plain lists for a checkpoint."""
        return {name: value.tolist() for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> AcousticStats:
        """Inverse of ``to_dict``."""
        return cls(**{k: np.asarray(v, np.float32) for k, v in values.items()})
