"""Figures of one sound against another that should be the same; knows no network."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from calibrate.evaluate.mel_cepstrum import mel_cepstral_distortion
from calibrate.voice.measures import pesq
from calibrate.voice.mel import log_mel

Samples = NDArray[np.float32]
Figures = dict[str, float]


def sound_distance(reference: Samples, candidate: Samples, speaker: str) -> Figures:
    """Compare two equally long signals of 22,050 Hz.

    Args:
        reference: (n,) float32, what fp32 makes.
        candidate: (n,) float32, what the variant makes.
        speaker: Whose pitch range to track.

    Returns:
        ``sqnr_db``, ``log_mel_l1`` (nat), ``mcd_db``; where their packages are
        installed also ``pesq_wb``, ``f0_rmse_hz`` and ``vuv_error``.
    """
    mels = log_mel(reference), log_mel(candidate)
    figures = {
        "sqnr_db": sqnr_db(reference, candidate),
        "log_mel_l1": float(np.abs(mels[0] - mels[1]).mean()),
        "mcd_db": mel_cepstral_distortion(*mels),
    }
    score = pesq(reference, candidate)
    if score is not None:
        figures["pesq_wb"] = score
    return figures | _pitch_distance(reference, candidate, speaker, len(mels[0]))


def sqnr_db(reference: NDArray[np.float32], candidate: NDArray[np.float32]) -> float:
    """Power of the signal over that of the difference, dB; 200 where there is none."""
    power = float(np.square(reference, dtype=np.float64).sum())
    noise = float(np.square(reference.astype(np.float64) - candidate).sum())
    return 200.0 if noise == 0 else 10 * float(np.log10(max(power, 1e-20) / noise))


def mean_figures(rows: Sequence[Mapping[str, float]]) -> Figures:
    """Average every figure over sounds, rounded to five digits after the point."""
    return {
        name: round(float(np.mean([row[name] for row in rows])), 5) for name in rows[0]
    }


def _pitch_distance(
    reference: Samples, candidate: Samples, speaker: str, frames: int
) -> Figures:
    try:
        importlib.import_module("pyworld")
    except ImportError:
        return {}
    from calibrate.voice.pitch import track_f0

    a, b = (track_f0(each, speaker, frames) for each in (reference, candidate))
    both = (a > 0) & (b > 0)
    error = np.sqrt(np.square(a[both] - b[both]).mean()) if both.any() else 0.0
    return {
        "f0_rmse_hz": float(error),
        "vuv_error": float(((a > 0) != (b > 0)).mean()),
    }
