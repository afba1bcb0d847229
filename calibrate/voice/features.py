"""Features of every clip, extracted once for the acoustic model and the vocoder."""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.dataset import Clip, read_manifest
from calibrate.voice.errors import DatasetError
from calibrate.voice.mel import log_mel
from calibrate.voice.pitch import fill_f0, phase_deviation, track_f0
from calibrate.voice.recordings import HOP_LENGTH, load_recording

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClipFeatures:
    """What training needs of one clip; all arrays cover the same frames."""

    mel: NDArray[np.float32]
    """(frames, 80) natural log; frame i is centred on sample 256 i + 128."""
    f0: NDArray[np.float32]
    """(frames,) Hz, 0 where unvoiced."""
    offset: float
    """Seconds cut from the start of the original recording."""
    samples: NDArray[np.float32]
    """(frames * 256,) levelled and trimmed recording."""
    phase: NDArray[np.float32]
    """(frames * 4,) radians; see ``pitch.phase_deviation``."""


def features_path(work_dir: Path, uid: str) -> Path:
    """Where the features of a clip lie."""
    return Path(work_dir) / "features" / f"{uid}.npz"


def load_features(work_dir: Path, uid: str) -> ClipFeatures:
    """Load the features of one clip.

    Raises:
        DatasetError: Not extracted yet.
    """
    path = features_path(work_dir, uid)
    try:
        with np.load(path, allow_pickle=False) as file:
            return ClipFeatures(
                mel=file["mel"].astype(np.float32),
                f0=file["f0"],
                offset=float(file["offset"]),
                samples=file["wav"].astype(np.float32) / 32767.0,
                phase=file["phase"],
            )
    except FileNotFoundError as error:
        raise DatasetError(
            f"no features at {path}: run python -m calibrate.voice features first"
        ) from error


def available(work_dir: Path, clips: list[Clip]) -> list[Clip]:
    """The clips whose features exist: extraction skips damaged recordings."""
    return [clip for clip in clips if features_path(work_dir, clip.uid).is_file()]


def extract_features(clip: Clip) -> ClipFeatures:
    """Compute the features of one clip from its recording.

    Raises:
        DatasetError: The recording cannot be used.
    """
    samples, offset = load_recording(clip)
    if len(samples) < 8 * HOP_LENGTH:
        raise DatasetError(f"{clip.path} holds less than 0.1 s of speech")
    mel = log_mel(samples)
    f0 = track_f0(samples, clip.speaker, len(mel))
    return ClipFeatures(mel, f0, offset, samples, phase_deviation(samples, fill_f0(f0)))


def extract_all(data_dir: Path, work_dir: Path, processes: int | None = None) -> int:
    """Write ``work_dir/features/UID.npz`` for every usable clip.

    Clips that already have features are left alone; unusable ones are reported with
    the reason, skipped and counted.

    Returns:
        How many clips were skipped.
    """
    clips = read_manifest(data_dir)
    (Path(work_dir) / "features").mkdir(parents=True, exist_ok=True)
    jobs = [
        (clip, features_path(work_dir, clip.uid))
        for clip in clips
        if not features_path(work_dir, clip.uid).is_file()
    ]
    start, skipped = time.monotonic(), 0
    with multiprocessing.get_context("spawn").Pool(processes or os.cpu_count()) as pool:
        for done, problem in enumerate(pool.imap_unordered(_extract, jobs, 8), 1):
            if problem:
                skipped += 1
                _LOG.warning("skipped: %s", problem)
            if done % 500 == 0 or done == len(jobs):
                seconds = time.monotonic() - start
                _LOG.info("%d of %d clips in %.0f s", done, len(jobs), seconds)
    _LOG.info("features of %d clips, %d skipped", len(clips) - skipped, skipped)
    return skipped


def _extract(job: tuple[Clip, Path]) -> str:
    clip, path = job
    try:
        features = extract_features(clip)
    except DatasetError as error:
        return str(error)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            wav=np.round(features.samples * 32767.0).astype(np.int16),
            mel=features.mel.astype(np.float16),
            f0=features.f0,
            offset=np.float64(features.offset),
            phase=features.phase,
        )
    part.replace(path)
    return ""
