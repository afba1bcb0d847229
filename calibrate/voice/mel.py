"""The mel spectrogram that acoustic model and vocoder share (that of HiFi-GAN)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from calibrate.voice.recordings import HOP_LENGTH, SAMPLE_RATE

N_FFT: Final = 1024
NUM_MELS: Final = 80
MAX_HZ: Final = 8000.0
FLOOR: Final = 1e-5
"""Amplitudes below are clipped, so silence is log(1e-5) = -11.513."""


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Natural-log mel spectrogram; frame i is centred on sample 256 i + 128.

    Args:
        samples: (n,) float32, n >= 512.

    Returns:
        (n // 256, 80) float32, >= log(1e-5).
    """
    reach = (N_FFT - HOP_LENGTH) // 2
    padded = np.pad(np.asarray(samples, np.float32), reach, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP_LENGTH]
    spectrum = scipy.fft.rfft(frames * hann(N_FFT), axis=1)
    magnitude = np.sqrt(spectrum.real**2 + spectrum.imag**2 + 1e-9)
    mels = np.maximum(magnitude @ filterbank().T, FLOOR)
    return np.asarray(np.log(mels), np.float32)


def hann(length: int) -> NDArray[np.float32]:
    """Periodic Hann window."""
    phase = 2 * np.pi * np.arange(length) / length
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


@lru_cache(maxsize=1)
def filterbank() -> NDArray[np.float32]:
    """Slaney mel filters, each of unit area over frequency; (80, 513) float32."""
    edges = mel_frequencies(NUM_MELS + 2)
    bins = np.arange(N_FFT // 2 + 1) * SAMPLE_RATE / N_FFT
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0.0, np.minimum(rising, falling))
    weights *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return weights.astype(np.float32)


def mel_frequencies(
    count: int, low: float = 0.0, high: float = MAX_HZ
) -> NDArray[np.float64]:
    """Frequencies in Hz, equally spaced on the Slaney mel scale, both ends included."""
    ends = [_mel_of_hz(low), _mel_of_hz(high)]
    return _hz_of_mel(np.linspace(ends[0], ends[1], count))


# Slaney's scale: linear below 1 kHz (200/3 Hz a mel), then 27 mels per factor 6.4.
_LINEAR_HZ: Final = 200.0 / 3.0
_KNEE_HZ: Final = 1000.0
_LOG_STEP: Final = float(np.log(6.4) / 27.0)


def _mel_of_hz(hertz: float) -> float:
    if hertz < _KNEE_HZ:
        return hertz / _LINEAR_HZ
    return _KNEE_HZ / _LINEAR_HZ + float(np.log(hertz / _KNEE_HZ)) / _LOG_STEP


def _hz_of_mel(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = _KNEE_HZ / _LINEAR_HZ
    above = _KNEE_HZ * np.exp(_LOG_STEP * (mels - knee))
    return np.where(mels < knee, mels * _LINEAR_HZ, above)
