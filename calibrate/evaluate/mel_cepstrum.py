"""Mel-cepstral distortion: the distance of spectral envelopes in dB."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

NUM_COEFFICIENTS: Final = 24
"""Cepstral coefficients compared; the zeroth, the level, is left out."""
_DECIBELS_PER_NEPER: Final = 20.0 / np.log(10.0)


def mel_cepstral_distortion(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Mean over frames of 10 / ln 10 * sqrt(2 * sum of squared differences).

    Args:
        a: (frames, bands) natural-log mels, at least 25 bands.
        b: the same of the other signal, frame by frame beside ``a``.

    Returns:
        dB; envelopes that differ by an equal gain have none.
    """
    bands = a.shape[1]
    # Coefficients of log |X| = c0 + sum of c_m cos(m w), as vocoders' cepstra are.
    difference = dct(a.astype(np.float64) - b, axis=1) / bands
    squares = np.square(difference[:, 1 : NUM_COEFFICIENTS + 1]).sum(axis=1)
    return float(_DECIBELS_PER_NEPER * np.sqrt(squares / 2).mean())
