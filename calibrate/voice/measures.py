"""Objective distances between a recording and its re-synthesis; knows no network."""

from __future__ import annotations

import importlib
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from calibrate.voice.mel import hann, log_mel
from calibrate.voice.recordings import HOP_LENGTH, SAMPLE_RATE

_PESQ_RATE: Final = 16000
_HARMONIC_BAND: Final = (1500.0, 4000.0)


def mel_distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Mean absolute difference of the log-mels, nepers."""
    first, second = log_mel(a), log_mel(b)
    frames = min(len(first), len(second))
    return float(np.abs(first[:frames] - second[:frames]).mean())


def harmonic_height(samples: NDArray[np.float32], f0: NDArray[np.float32]) -> float:
    """Mean harmonic peak over valley in dB, 1.5-4 kHz, voiced frames; low is hoarse."""
    padded = np.pad(samples, 384)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::HOP_LENGTH]
    spectrum = np.abs(np.fft.rfft(frames * hann(1024), 4096, axis=1))
    levels = 20 * np.log10(spectrum + 1e-4)
    inner = (f0[:-2] > 0) & (f0[1:-1] > 0) & (f0[2:] > 0)
    heights = []
    for frame in np.flatnonzero(inner) + 1:
        numbers = np.arange(1, 60)
        numbers = numbers[
            (numbers * f0[frame] > _HARMONIC_BAND[0])
            & (numbers * f0[frame] < _HARMONIC_BAND[1])
        ]
        bins = 4096 / SAMPLE_RATE * f0[frame]
        peaks = levels[frame, np.rint(numbers * bins).astype(int)]
        valleys = levels[frame, np.rint((numbers + 0.5) * bins).astype(int)]
        heights.append(float((peaks - valleys).mean()))
    return float(np.mean(heights)) if heights else float("nan")


def pesq(reference: NDArray[np.float32], signal: NDArray[np.float32]) -> float | None:
    """Wide-band PESQ, or None where the package is not installed."""
    try:
        package = importlib.import_module("pesq")
    except ImportError:
        return None
    a, b = (_resampled(each) for each in (reference, signal))
    return float(package.pesq(_PESQ_RATE, a, b, "wb"))


def stoi(reference: NDArray[np.float32], signal: NDArray[np.float32]) -> float | None:
    """Short-time objective intelligibility, or None where the package is missing."""
    try:
        package = importlib.import_module("pystoi")
    except ImportError:
        return None
    return float(package.stoi(reference, signal, SAMPLE_RATE))


def _resampled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(soxr.resample(samples, SAMPLE_RATE, _PESQ_RATE), np.float32)
