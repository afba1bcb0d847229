"""Draws and pads training batches; the same seed and position give the same batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from calibrate.voice.acoustic_dataset import AcousticClip
from calibrate.voice.acoustic_stats import AcousticStats
from calibrate.voice.dataset import SPEAKERS
from calibrate.voice.mel import MAX_HZ

FRAMES_PER_BATCH = 3600
"""About 42 s: equal work per step however long the clips are."""
SPEAKER_SHARES = {"kathleen": 0.40, "lj": 0.20, "slt": 0.18, "bdl": 0.22}
"""Part of the training clips drawn; the default voice counts most."""
_NARROW_MELS = 78
"""Mel bins from here on are above the band of the 16 kHz recordings: not trained."""
_CLIPS_PER_POOL = 384
_LENGTHS = range(40, 1001)
"""Frames; very long clips would fill a batch alone."""


@dataclass(frozen=True)
class AcousticBatch:
    """Padded clips; T is even."""

    tokens: Tensor  # (batch, N, 3) int64
    speakers: Tensor  # (batch, N) int64
    mask: Tensor  # (batch, N, 1) float32
    durations: Tensor  # (batch, N) int64
    pitch_energy: Tensor  # (batch, N, 2) float32
    mel: Tensor  # (batch, T, 80) float32, normalised
    mel_weight: Tensor  # (batch, T, 80) float32, 0 at padding and untrained bins
    log_f0: Tensor  # (batch, T) float32
    voiced: Tensor  # (batch, T) float32
    lengths: list[int]

    @property
    def frame_mask(self) -> Tensor:
        """(batch, T) 0 at padding."""
        return self.mel_weight[..., 0]


def collate(clips: Sequence[AcousticClip], stats: AcousticStats) -> AcousticBatch:
    """Pad clips to one batch."""

    def padded(arrays: Sequence[NDArray[np.generic]]) -> Tensor:
        return pad_sequence([torch.from_numpy(a) for a in arrays], batch_first=True)

    mel = padded(
        [((c.mel.astype(np.float32) - stats.mel_mean) / stats.mel_std) for c in clips]
    )
    odd = mel.shape[1] % 2
    weight = torch.zeros(len(clips), mel.shape[1] + odd, mel.shape[2])
    for row, clip in zip(weight, clips, strict=True):
        wide = clip.clip.bandwidth > MAX_HZ
        row[: clip.num_frames, : None if wide else _NARROW_MELS] = 1.0
    tokens = padded([clip.tokens for clip in clips])
    speaker_ids = torch.tensor([clip.clip.speaker_id for clip in clips])
    frames = torch.nn.functional.pad
    return AcousticBatch(
        tokens=tokens,
        speakers=speaker_ids[:, None].expand(tokens.shape[:2]),
        mask=padded([np.ones((len(c.tokens), 1), np.float32) for c in clips]),
        durations=padded([clip.durations for clip in clips]),
        pitch_energy=padded([clip.pitch_energy for clip in clips]),
        mel=frames(mel, (0, 0, 0, odd)),
        mel_weight=weight,
        log_f0=frames(padded([clip.log_f0 for clip in clips]), (0, odd)),
        voiced=frames(padded([c.voiced.astype(np.float32) for c in clips]), (0, odd)),
        lengths=[clip.num_frames for clip in clips],
    )


class BatchSampler:
    """Endless batches with fixed speaker shares, grouped by length."""

    def __init__(
        self, clips: Sequence[AcousticClip], stats: AcousticStats, seed: int
    ) -> None:
        self._clips = [c for c in clips if c.num_frames in _LENGTHS]
        self._stats, self._seed = stats, seed
        self._by_speaker = {
            speaker: [i for i, c in enumerate(self._clips) if c.clip.speaker == speaker]
            for speaker in SPEAKERS
        }
        self._pool, self._position = 0, 0
        self._plan = self._draw()

    @property
    def position(self) -> tuple[int, int]:
        """Where the sampler is; give it to ``seek`` to go on from there."""
        return self._pool, self._position

    def seek(self, pool: int, position: int) -> None:
        """Continue from a saved position."""
        self._pool, self._position = pool, position
        self._plan = self._draw()

    def next_batch(self) -> AcousticBatch:
        """Draw the next batch."""
        if self._position == len(self._plan):
            self._pool, self._position = self._pool + 1, 0
            self._plan = self._draw()
        chosen = self._plan[self._position]
        self._position += 1
        return collate([self._clips[i] for i in chosen], self._stats)

    def _draw(self) -> list[list[int]]:
        draw = np.random.default_rng((self._seed, self._pool))
        drawn: list[int] = []
        for speaker, own in self._by_speaker.items():
            if own:
                wanted = round(SPEAKER_SHARES[speaker] * _CLIPS_PER_POOL)
                drawn += draw.choice(own, wanted, replace=wanted > len(own)).tolist()
        drawn.sort(key=lambda i: (self._clips[i].num_frames, i))
        batches: list[list[int]] = [[]]
        for index in drawn:
            # Sorted upwards, so this clip is the longest of its batch.
            padded = self._clips[index].num_frames * (len(batches[-1]) + 1)
            if batches[-1] and padded > FRAMES_PER_BATCH:
                batches.append([])
            batches[-1].append(index)
        draw.shuffle(batches)
        return batches
