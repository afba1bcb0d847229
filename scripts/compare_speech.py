#!/usr/bin/env python3
"""Compares two WAV files of one text by their log-mel spectra.

Prints the distance and exits with 1 when it is above ``--limit``.
"""

from __future__ import annotations

import argparse
import sys
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FFT_SIZE = 1024
_HOP = 256
_NUM_MELS = 80
_FLOOR = 1e-5


def read_wav(path: Path) -> tuple[NDArray[np.float64], int]:
    """Samples of a 16-bit mono file as floats within -1 … 1, and the sample rate."""
    with wave.open(str(path)) as file:
        if (file.getsampwidth(), file.getnchannels()) != (2, 1):
            raise SystemExit(f"{path}: expected 16-bit mono PCM")
        data = file.readframes(file.getnframes())
        return np.frombuffer(data, "<i2").astype(
            np.float32
        ) / 32768, file.getframerate()


def mel_matrix(sample_rate: int) -> NDArray[np.float64]:
    """Triangular filters, (num_mels, fft_size / 2 + 1), peak 1."""
    edges_mel = np.linspace(0, 2595 * np.log10(1 + sample_rate / 1400), _NUM_MELS + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    freqs = np.linspace(0, sample_rate / 2, _FFT_SIZE // 2 + 1)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (freqs - left) / (centre - left)
    falling = (right - freqs) / (right - centre)
    filters: NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling))
    return filters


def log_mel(samples: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    """Natural log of the mel magnitudes, (frames, num_mels)."""
    padded = np.pad(samples, _FFT_SIZE // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT_SIZE)[::_HOP]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_FFT_SIZE), axis=1))
    magnitudes = spectrum @ mel_matrix(sample_rate).T
    return np.asarray(np.log(np.maximum(_FLOOR, magnitudes)), np.float64)


def main() -> int:
    """Arguments: two files and the limit; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--limit", type=float, default=0.05, help="nat, mean")
    args = parser.parse_args()
    first, rate = read_wav(args.first)
    second, other_rate = read_wav(args.second)
    if rate != other_rate or first.size != second.size:
        print(
            f"{first.size} samples at {rate} Hz against "
            f"{second.size} samples at {other_rate} Hz"
        )
        return 1
    distance = np.abs(log_mel(first, rate) - log_mel(second, rate)).mean()
    difference = np.abs(first - second).max()
    print(
        f"{first.size / rate:.2f} s: log-mel distance {distance:.4f} nat "
        f"(limit {args.limit}), samples at most {difference:.5f} of full scale apart"
    )
    return 0 if distance <= args.limit else 1


if __name__ == "__main__":
    sys.exit(main())
