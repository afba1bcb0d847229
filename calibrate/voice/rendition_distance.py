"""Compares two renditions of one sentence that differ in timing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibrate.voice.acoustic_measures import (
    cepstra,
    is_speech,
    mel_cepstral_distortion,
    time_warp,
)
from calibrate.voice.mel import log_mel
from calibrate.voice.pitch import track_f0

Sound = NDArray[np.float32]


def rendition_distance(recording: Sound, made: Sound, speaker: str) -> dict[str, float]:
    """Align by dynamic time warping of cepstra, then compare frame by frame.

    Args:
        recording: Samples at 22,050 Hz.
        made: The same sentence, spoken otherwise.
        speaker: Whose pitch range to track in both.

    Returns:
        ``mcd_dtw_db``, ``f0_rmse_hz``, ``f0_correlation``, ``f0_spread`` (made over
        recorded, of the logarithm), ``vuv_error_percent``, ``length_ratio``.
    """
    mels = log_mel(recording), log_mel(made)
    first, second = time_warp(cepstra(mels[0]), cepstra(mels[1]))
    heard = is_speech(mels[0])[first]
    distortion = mel_cepstral_distortion(
        cepstra(mels[0])[first], cepstra(mels[1])[second]
    )
    pitches = [
        track_f0(samples, speaker, len(mel))
        for samples, mel in zip((recording, made), mels, strict=True)
    ]
    a, b = pitches[0][first], pitches[1][second]
    both = (a > 0) & (b > 0)
    figures = {
        "mcd_dtw_db": float(distortion[heard].mean()),
        "vuv_error_percent": float(100 * ((a > 0) != (b > 0))[heard].mean()),
        "length_ratio": len(made) / len(recording),
    }
    if both.sum() > 1:
        spread = [float(np.log(each[each > 0]).std()) for each in pitches]
        figures |= {
            "f0_rmse_hz": float(np.sqrt(np.mean((a[both] - b[both]) ** 2))),
            "f0_correlation": float(np.corrcoef(a[both], b[both])[0, 1]),
            "f0_spread": spread[1] / max(spread[0], 1e-6),
        }
    return figures
