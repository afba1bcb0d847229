"""Distances between a spoken and a synthesised sentence; knows no model."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

_NUM_CEPSTRA = 13
_SPEECH_NEPERS = 6.0
"""Frames quieter than the loudest by more than this do not count."""
_MCD_SCALE = 10.0 / np.log(10.0) * np.sqrt(2.0)


def cepstra(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, 80) log mel to (T, 13) cepstra without the level."""
    spectrum = dct(mel.astype(np.float64), type=2, axis=1) / mel.shape[1]
    return np.ascontiguousarray(spectrum[:, 1 : _NUM_CEPSTRA + 1], np.float32)


def is_speech(mel: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(T,) frames that are loud enough to compare."""
    level = mel.mean(axis=1)
    return np.asarray(level > level.max() - _SPEECH_NEPERS)


def mel_cepstral_distortion(
    real: NDArray[np.float32], made: NDArray[np.float32]
) -> NDArray[np.float32]:
    """dB per row of two equally long (T, 13) cepstra; comparable only with itself."""
    distance = np.sqrt(((real - made) ** 2).sum(axis=1))
    return (_MCD_SCALE * distance).astype(np.float32)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def time_warp(
    real: NDArray[np.float32], made: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Best alignment of two feature sequences: row numbers of both, ascending."""
    rows, columns = len(real), len(made)
    cost = np.full((rows + 1, columns + 1), np.inf, np.float32)
    cost[0, 0] = 0.0
    for i in range(rows):
        for j in range(columns):
            distance = np.float32(0.0)
            for k in range(real.shape[1]):
                distance += (real[i, k] - made[j, k]) ** 2
            before = min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
            cost[i + 1, j + 1] = np.sqrt(distance) + before
    first = np.empty(rows + columns, np.int64)
    second = np.empty(rows + columns, np.int64)
    i, j, count = rows, columns, 0
    while i > 0 and j > 0:
        first[count], second[count] = i - 1, j - 1
        count += 1
        if (
            cost[i - 1, j - 1] <= cost[i - 1, j]
            and cost[i - 1, j - 1] <= cost[i, j - 1]
        ):
            i, j = i - 1, j - 1
        elif cost[i - 1, j] <= cost[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return first[:count][::-1], second[:count][::-1]
