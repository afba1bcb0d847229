"""Clips for the acoustic model: tokens, durations, targets by phoneme and frame."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.acoustic_stats import AcousticStats
from calibrate.voice.align_durations import AlignedClip, read_durations
from calibrate.voice.dataset import Clip, read_manifest
from calibrate.voice.errors import DatasetError
from calibrate.voice.features import ClipFeatures, available, load_features
from calibrate.voice.pitch import fill_f0
from edge_tts.text.phonemes import SYMBOL_IDS

_LOG = logging.getLogger(__name__)
_MAX_FRAME_DIFFERENCE = 2
_LOG_F0_LIMIT = 4.0
_ABSENT_ENERGY = -1.0
"""Energy z-score of a pause that lasts no frame."""


@dataclass(frozen=True)
class AcousticClip:
    """One clip, ready to be put into a batch."""

    clip: Clip
    tokens: NDArray[np.int64]
    """(N, 3) symbol, stress, word position."""
    durations: NDArray[np.int64]
    """(N,) frames."""
    pitch_energy: NDArray[np.float32]
    """(N, 2) mean F0 and energy z-scores of each phoneme."""
    mel: NDArray[np.float16]
    """(T, 80) natural log."""
    log_f0: NDArray[np.float32]
    """(T,) z-score by speaker, continuous."""
    voiced: NDArray[np.bool_]
    """(T,)."""

    @property
    def num_frames(self) -> int:
        """Mel frames."""
        return len(self.mel)


def load_acoustic_clips(
    data_dir: Path,
    work_dir: Path,
    stats: AcousticStats | None = None,
    *,
    held_out_only: bool = False,
) -> tuple[list[AcousticClip], AcousticStats]:
    """Load every clip that has features and durations.

    Args:
        data_dir: Voice data folder.
        work_dir: Work folder with ``features/`` and ``durations.tsv``.
        stats: Constants to use; None measures them on the clips not held out.
        held_out_only: Leave the training clips out; needs ``stats``.

    Raises:
        DatasetError: A step before has not run, or its results do not fit together.
    """
    durations = read_durations(work_dir / "durations.tsv")
    clips = [
        clip
        for clip in available(work_dir, read_manifest(data_dir))
        if clip.uid in durations and (clip.held_out or not held_out_only)
    ]
    if not clips:
        raise DatasetError(f"no clip with features and durations in {work_dir}")
    features = [load_features(work_dir, clip.uid) for clip in clips]
    if stats is None:
        training = [i for i, clip in enumerate(clips) if not clip.held_out]
        stats = AcousticStats.measure(
            [features[i] for i in training], [clips[i].speaker_id for i in training]
        )
    loaded = []
    for clip, feature in zip(clips, features, strict=True):
        aligned = durations[clip.uid]
        if abs(len(feature.mel) - int(aligned.durations.sum())) > _MAX_FRAME_DIFFERENCE:
            raise DatasetError(
                f"{clip.uid}: {len(feature.mel)} frames of features but "
                f"{aligned.durations.sum()} of durations: run the step align again"
            )
        loaded.append(_prepare(clip, feature, aligned, stats))
    _LOG.info("%d clips, %d frames", len(loaded), sum(c.num_frames for c in loaded))
    return loaded, stats


def _prepare(
    clip: Clip, features: ClipFeatures, aligned: AlignedClip, stats: AcousticStats
) -> AcousticClip:
    num_frames, speaker = len(features.mel), clip.speaker_id
    durations = aligned.durations.copy()
    ends = np.minimum(durations.cumsum(), num_frames)
    ends[-1] = num_frames
    durations = np.diff(ends, prepend=0)
    voiced = features.f0 > 0
    log_f0 = np.log(fill_f0(features.f0)) - stats.f0_mean[speaker]
    log_f0 = np.clip(log_f0 / stats.f0_std[speaker], -_LOG_F0_LIMIT, _LOG_F0_LIMIT)
    loudness = features.mel.mean(axis=1) - stats.energy_mean[speaker]
    energy = loudness / stats.energy_std[speaker]
    return AcousticClip(
        clip=clip,
        tokens=np.array(
            [(SYMBOL_IDS[s], a, b) for s, a, b in aligned.tokens], np.int64
        ),
        durations=durations,
        pitch_energy=_phoneme_means(durations, log_f0, energy, voiced),
        mel=features.mel.astype(np.float16),
        log_f0=log_f0.astype(np.float32),
        voiced=voiced,
    )


def _phoneme_means(
    durations: NDArray[np.int64],
    log_f0: NDArray[np.float32],
    energy: NDArray[np.float32],
    voiced: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Mean F0 over the voiced frames if any, mean energy over all frames: (N, 2)."""
    means = np.zeros((len(durations), 2), np.float32)
    start = 0
    for index, length in enumerate(durations.tolist()):
        if length == 0:
            means[index] = log_f0[min(start, len(log_f0) - 1)], _ABSENT_ENERGY
            continue
        frames = slice(start, start + length)
        counted = voiced[frames] if voiced[frames].any() else slice(None)
        means[index] = log_f0[frames][counted].mean(), energy[frames].mean()
        start += length
    return means
