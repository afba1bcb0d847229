"""Training crops of the vocoder: whole corpus in memory, crops drawn by step number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from calibrate.voice.dataset import Clip
from calibrate.voice.errors import TrainingError
from calibrate.voice.features import ClipFeatures, available, load_features
from calibrate.voice.pitch import PHASE_STEP, fill_f0, integrated_phase
from calibrate.voice.vocoder_config import HOP_LENGTH, MEL_FLOOR

SPEAKER_WEIGHTS: Final = {"kathleen": 3.0, "lj": 1.5, "slt": 0.7, "bdl": 1.0}
"""How often each speaker is drawn; the default speaker most of all."""
CONTEXT: Final = 12
"""Frames fed before a crop so that the losses do not see a start from zero states."""
LOOKAHEAD: Final = 2
_GAIN_RANGE: Final = (-1.0, 0.5)  # nepers


class Batch(NamedTuple):
    """Crops; mel, F0 and voicing carry 12 frames before and 2 frames after them."""

    samples: Tensor
    """(batch, frames * 256) float32."""
    phase: Tensor
    """(batch, frames * 256) measured phase of the first harmonic, radians."""
    mel: Tensor
    """(batch, 12 + frames + 2, 80) natural log."""
    f0: Tensor
    """(batch, 12 + frames + 2) Hz, continuous."""
    voiced: Tensor
    """(batch, 12 + frames + 2) 0 or 1."""
    bandwidth: Tensor
    """(batch,) Hz up to which the recordings hold speech."""


class Prediction(NamedTuple):
    """What the acoustic model says instead of the recording, with true durations."""

    mel: NDArray[np.float16]
    """(frames, 80) natural log."""
    voiced: NDArray[np.bool_]
    """(frames,)."""


class _Item(NamedTuple):
    features: ClipFeatures
    f0: NDArray[np.float32]
    phase: NDArray[np.int16]
    bandwidth: float


class CropSampler:
    """Draws the same crops for the same seed and step, whatever ran before."""

    def __init__(
        self,
        work_dir: Path,
        clips: Sequence[Clip],
        *,
        seed: int,
        frames: int,
        predicted: Mapping[str, Prediction] | None = None,
        predicted_share: float = 0.0,
    ) -> None:
        """Load the features of all training clips.

        Args:
            work_dir: Holds ``features``.
            clips: Of the manifest; held-out ones are left out here.
            seed: Of the draws.
            frames: Length of a crop.
            predicted: Of the acoustic model, by uid.
            predicted_share: How often a predicted mel replaces the true one.
        """
        self._seed, self._frames = seed, frames
        self._share = predicted_share
        self._predicted = dict(predicted or {})
        self._items: dict[str, list[_Item]] = {}
        self._weights: dict[str, NDArray[np.float64]] = {}
        training = [clip for clip in clips if not clip.held_out]
        self._uids: dict[str, list[str]] = {}
        for clip in available(work_dir, training):
            features = load_features(work_dir, clip.uid)
            if len(features.mel) < frames + 2:
                continue
            f0 = fill_f0(features.f0)
            item = _Item(features, f0, _measured_phase(features, f0), clip.bandwidth)
            self._items.setdefault(clip.speaker, []).append(item)
            self._uids.setdefault(clip.speaker, []).append(clip.uid)
        if not self._items:
            raise TrainingError(
                f"no features of training clips in {work_dir}: run the features step"
            )
        for speaker, items in self._items.items():
            lengths = np.array([len(item.features.mel) for item in items], np.float64)
            self._weights[speaker] = lengths / lengths.sum()
        self._speakers = list(self._items)
        shares = np.array([SPEAKER_WEIGHTS[name] for name in self._speakers])
        self._shares = shares / shares.sum()

    def draw(self, step: int, size: int) -> Batch:
        """Crops for one training step."""
        generator = np.random.default_rng((self._seed, step))
        crops = [self._crop(generator) for _ in range(size)]
        columns = zip(*crops, strict=True)
        return Batch(*(torch.from_numpy(np.stack(column)) for column in columns))

    def _crop(self, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        speaker = self._speakers[generator.choice(len(self._speakers), p=self._shares)]
        index = int(
            generator.choice(len(self._items[speaker]), p=self._weights[speaker])
        )
        item = self._items[speaker][index]
        frames = self._frames
        first = int(generator.integers(0, len(item.features.mel) - frames + 1))
        gain = float(generator.uniform(*_GAIN_RANGE))
        begin, end = first * HOP_LENGTH, (first + frames) * HOP_LENGTH
        mels: NDArray[np.floating] = item.features.mel
        voicing = item.features.f0 > 0
        prediction = self._predicted.get(self._uids[speaker][index])
        if generator.random() < self._share and prediction is not None:
            mels = prediction.mel
            # In half of the cases only: its errors are to be borne, not learned.
            if generator.random() < 0.5:
                voicing = prediction.voiced
        # Outside of the clip lies silence, as at both ends of a stream.
        frame = np.arange(first - CONTEXT, first + frames + LOOKAHEAD)
        inside = (frame >= 0) & (frame < len(mels))
        clipped = np.clip(frame, 0, len(mels) - 1)
        mel = mels[clipped].astype(np.float32) + gain
        mel[~inside] = MEL_FLOOR
        voiced = voicing[clipped] & inside
        return (
            item.features.samples[begin:end] * np.float32(np.exp(gain)),
            item.phase[begin:end] * np.float32(2 * np.pi / 65536),
            np.maximum(mel, np.float32(MEL_FLOOR)),
            item.f0[clipped],
            voiced.astype(np.float32),
            np.asarray(item.bandwidth, np.float32),
        )


def _measured_phase(
    features: ClipFeatures, f0: NDArray[np.float32]
) -> NDArray[np.int16]:
    # Whole clip at once: an integral costs more than all the rest of a crop.
    grid = np.arange(len(features.phase)) * PHASE_STEP
    samples = np.arange(len(features.samples))
    phase = integrated_phase(f0) + np.interp(samples, grid, features.phase)
    turns = phase / (2 * np.pi)
    return ((turns - np.floor(turns + 0.5)) * 65535.0).astype(np.int16)
