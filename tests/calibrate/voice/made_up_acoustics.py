"""A small acoustic model and clips of noise for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from calibrate.voice.acoustic_config import AcousticConfig
from calibrate.voice.acoustic_dataset import AcousticClip
from calibrate.voice.acoustic_stats import AcousticStats
from calibrate.voice.dataset import SPEAKERS, Clip

SMALL = AcousticConfig(
    width=16,
    encoder_dilations=(1, 2),
    contour_width=8,
    contour_dilations=(1, 2),
    decoder_width=12,
    decoder_dilations=(1, 2, 4),
)


def made_up_stats() -> AcousticStats:
    """Zero means and unit deviations."""
    zeros, ones = np.zeros(80, np.float32), np.ones(80, np.float32)
    few = len(SPEAKERS)
    return AcousticStats(zeros, ones, zeros[:few], ones[:few], zeros[:few], ones[:few])


def made_up_clip(number: int, speaker: str, held_out: bool = False) -> AcousticClip:
    """Twelve phonemes of 5 to 9 frames."""
    draw = np.random.default_rng(number)
    durations = draw.integers(5, 10, 12)
    frames = int(durations.sum())
    tokens = np.stack(
        [draw.integers(1, 40, 12), draw.integers(0, 4, 12), draw.integers(0, 4, 12)], 1
    )
    return AcousticClip(
        clip=Clip(
            uid=f"{speaker}_{number}",
            path=Path(f"{number}.flac"),
            speaker=speaker,
            text="made up",
            seconds=frames * 256 / 22050,
            sentence_id=str(number),
            held_out=held_out,
        ),
        tokens=tokens,
        durations=durations,
        pitch_energy=draw.normal(0, 1, (12, 2)).astype(np.float32),
        mel=draw.normal(0, 1, (frames, 80)).astype(np.float16),
        log_f0=draw.normal(0, 1, frames).astype(np.float32),
        voiced=draw.random(frames) < 0.6,
    )
