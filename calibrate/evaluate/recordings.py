"""Recordings to judge and calibrate vocoders with, the speakers in turn."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.dataset import SPEAKERS, read_manifest
from calibrate.voice.mel import log_mel
from calibrate.voice.recordings import load_recording


@dataclass(frozen=True)
class MelClip:
    """The frames of one recording."""

    name: str
    speaker: str
    mel: NDArray[np.float32]
    """(frames, 80) natural-log mels."""


def load_clips(data: Path, count: int, seed: int) -> list[MelClip]:
    """Load recordings that training may see; other seeds give other ones.

    Raises:
        DatasetError: No such folder, or a recording cannot be decoded.
    """
    by_speaker = {
        speaker: [c for c in clips if c.speaker == speaker]
        for clips in [[c for c in read_manifest(data) if not c.held_out]]
        for speaker in SPEAKERS
    }
    generator = random.Random(seed)
    chosen = []
    for index in range(count):
        speaker = SPEAKERS[index % len(SPEAKERS)]
        chosen.append(generator.choice(by_speaker[speaker]))
    return [
        MelClip(clip.uid, clip.speaker, log_mel(load_recording(clip)[0]))
        for clip in chosen
    ]
