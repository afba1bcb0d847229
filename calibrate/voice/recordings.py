"""Recordings as the networks see them: one rate, one level, short edges."""

from __future__ import annotations

from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from calibrate.voice.dataset import Clip
from calibrate.voice.errors import DatasetError

SAMPLE_RATE: Final = 22050
HOP_LENGTH: Final = 256
LEVEL_DBFS: Final = -23.0
"""RMS of the active speech of every clip."""
EDGE_SECONDS: Final = 0.12
"""Silence kept at both ends."""
_FRAME: Final = 1024
_ACTIVE_DB: Final = 25.0
_EDGE_DB: Final = 32.0
_PEAK: Final = 0.99


def load_recording(clip: Clip) -> tuple[NDArray[np.float32], float]:
    """Load a clip at 22,050 Hz and -23 dBFS active RMS, with edges of 0.12 s.

    Returns:
        samples: (frames * 256,) float32 in [-1, 1].
        offset_seconds: What was cut from the start, for labels of the original file.

    Raises:
        DatasetError: The file cannot be decoded, is shorter than promised, not finite
            or silent.
    """
    try:
        samples, sample_rate = soundfile.read(clip.path, dtype="float32")
    except (soundfile.SoundFileError, RuntimeError, OSError) as error:
        raise DatasetError(
            f"cannot decode {clip.path}: {error}; get the file again"
        ) from error
    if samples.ndim > 1:
        samples = samples.mean(axis=1)
    seconds = len(samples) / sample_rate
    if seconds < clip.seconds * 0.98 - 0.1:
        raise DatasetError(
            f"{clip.path} is truncated: expected {clip.seconds:.2f} s, got "
            f"{seconds:.2f} s; get the file again"
        )
    if not np.isfinite(samples).all():
        raise DatasetError(f"{clip.path} holds samples that are not finite")
    if sample_rate != SAMPLE_RATE:
        samples = soxr.resample(samples, sample_rate, SAMPLE_RATE)
    try:
        return level_and_trim(np.asarray(samples, np.float32))
    except ValueError as error:
        raise DatasetError(f"{clip.path}: {error}") from error


def level_and_trim(
    samples: NDArray[np.float32],
) -> tuple[NDArray[np.float32], float]:
    """Scale to the training level and cut the edges; a multiple of 256 samples remains.

    Frames within 25 dB of the loud ones are active; frames within 32 dB are speech.

    Raises:
        ValueError: Nothing in the signal is above digital silence.
    """
    power = _frame_power(samples)
    decibels = 10 * np.log10(np.maximum(power, 1e-12))
    loud = float(np.percentile(decibels, 95))
    if loud < -80.0:
        raise ValueError("the recording is silent")
    active = np.mean(power[decibels > loud - _ACTIVE_DB])
    samples = samples * (10 ** (LEVEL_DBFS / 20) / np.sqrt(active))
    peak = float(np.abs(samples).max())
    if peak > _PEAK:
        samples = samples * (_PEAK / peak)
    speech = np.flatnonzero(decibels > loud - _EDGE_DB)
    keep = int(EDGE_SECONDS * SAMPLE_RATE)
    start = max(0, int(speech[0]) * HOP_LENGTH - keep)
    stop = min(len(samples), (int(speech[-1]) + 1) * HOP_LENGTH + keep)
    stop = start + (stop - start) // HOP_LENGTH * HOP_LENGTH
    return samples[start:stop].astype(np.float32), start / SAMPLE_RATE


def _frame_power(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    # Mean power of 1,024 samples centred on every 256th one.
    padded = np.pad(samples.astype(np.float64), _FRAME // 2)
    total = np.concatenate([[0.0], np.cumsum(padded**2)])
    sums = total[_FRAME:] - total[:-_FRAME]
    return np.asarray(np.maximum(sums[::HOP_LENGTH] / _FRAME, 0.0))
