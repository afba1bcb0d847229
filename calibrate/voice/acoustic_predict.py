"""Predicted spectra of all clips, on which the vocoder is tuned to the model."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from calibrate.voice.acoustic_batches import collate
from calibrate.voice.acoustic_dataset import AcousticClip
from calibrate.voice.acoustic_model import AcousticModel
from calibrate.voice.acoustic_stats import AcousticStats

_LOG = logging.getLogger(__name__)
_CLIPS_PER_BATCH = 8


def predicted_path(work_dir: Path, uid: str) -> Path:
    """Where the prediction of a clip lies."""
    return Path(work_dir) / "predicted" / f"{uid}.npz"


def predict_all(
    model: AcousticModel,
    stats: AcousticStats,
    clips: Sequence[AcousticClip],
    work_dir: Path,
) -> None:
    """Write ``predicted/UID.npz`` with ``mel, f0, voiced`` of each clip.

    Durations, pitch and energy are those of the recording, so that each frame belongs
    to the same moment of it. ``mel`` (T, 80) float16 natural log, ``f0`` (T,) float32
    Hz without gaps, ``voiced`` (T,) float32 0 or 1.
    """
    (work_dir / "predicted").mkdir(parents=True, exist_ok=True)
    ordered = sorted(clips, key=lambda clip: clip.num_frames)
    model.eval()
    for start in range(0, len(ordered), _CLIPS_PER_BATCH):
        chosen = ordered[start : start + _CLIPS_PER_BATCH]
        batch = collate(chosen, stats)
        with torch.no_grad():
            output = model(
                batch.tokens,
                batch.speakers,
                batch.mask,
                batch.durations,
                batch.pitch_energy,
                batch.mel.shape[1],
            )
        for row, clip in enumerate(chosen):
            frames = slice(0, clip.num_frames)
            mel = stats.denormalise_mel(output.mel[row, frames].numpy())
            log_f0 = output.log_f0[row, frames].numpy()
            path = predicted_path(work_dir, clip.clip.uid)
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                np.savez(
                    file,
                    mel=mel.astype(np.float16),
                    f0=stats.denormalise_f0(log_f0, clip.clip.speaker_id),
                    voiced=(output.voicing[row, frames].numpy() > 0).astype(np.float32),
                )
            part.replace(path)
    _LOG.info("%d predictions", len(ordered))
