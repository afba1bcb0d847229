"""Cepstral features for forced alignment; knows nothing about text or models."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct, rfft

SAMPLE_RATE = 22050
HOP_LENGTH = 128
"""Half a mel frame (5.8 ms): the aligner needs finer steps than the acoustic model."""
NUM_FEATURES = 39
"""13 cepstra, their slopes and the slopes of those."""
_FFT_LENGTH = 1024
_WINDOW_LENGTH = 552
_NUM_MELS = 40
_NUM_CEPSTRA = 13
_DELTA_SPAN = 3


@lru_cache(maxsize=1)
def _filter_bank() -> NDArray[np.float32]:
    """Triangles of equal height on the mel scale, 60 to 7600 Hz: (40, 513)."""

    def to_mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
        return 2595.0 * np.log10(1.0 + hertz / 700.0)

    edges_mel = np.linspace(*to_mel(np.array([60.0, 7600.0])), _NUM_MELS + 2)
    edges = 700.0 * (10.0 ** (edges_mel / 2595.0) - 1.0)
    bins = np.arange(_FFT_LENGTH // 2 + 1) * SAMPLE_RATE / _FFT_LENGTH
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


def _slopes(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Least-squares slope over +-3 rows, edges held."""
    padded = np.pad(rows, ((_DELTA_SPAN, _DELTA_SPAN), (0, 0)), "edge")
    total = np.zeros_like(rows)
    for shift in range(1, _DELTA_SPAN + 1):
        ahead = padded[_DELTA_SPAN + shift : _DELTA_SPAN + shift + len(rows)]
        behind = padded[_DELTA_SPAN - shift : _DELTA_SPAN - shift + len(rows)]
        total += shift * (ahead - behind)
    return total / 28.0


def mfcc(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute cepstra with slopes, two rows for each 256-sample mel frame.

    Args:
        samples: (n,) float32 at 22.05 kHz.

    Returns:
        (2 * (n // 256), 39) float32, row t centred on sample 128 t + 64.
    """
    num_rows = len(samples) // 256 * 2
    half = _WINDOW_LENGTH // 2
    first = HOP_LENGTH // 2 - half
    padded = np.pad(samples, (-first, _WINDOW_LENGTH))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW_LENGTH)
    windowed = frames[::HOP_LENGTH][:num_rows] * np.hanning(_WINDOW_LENGTH).astype(
        np.float32
    )
    spectrum = rfft(windowed.astype(np.float32), _FFT_LENGTH, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    log_mel = np.log(power @ _filter_bank().T + 1e-7)
    cepstra = dct(log_mel, norm="ortho", axis=1)[:, :_NUM_CEPSTRA].astype(np.float32)
    slopes = _slopes(cepstra)
    return np.concatenate([cepstra, slopes, _slopes(slopes)], axis=1)
