"""Filters source signals by per-subframe spectra: STFT, products, overlap-add."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

N_FFT: Final = 512
HOP: Final = 128
"""Samples per subframe."""
NUM_BINS: Final = N_FFT // 2 + 1
_EDGE: Final = N_FFT // 2 - HOP // 2
"""Samples of a window before the subframe that it is centred on."""


class SpectralFilter:
    """Streams ``iSTFT(sum(filter * STFT(source)))`` with Hann analysis and synthesis.

    Subframe j is centred on sample 128 j + 64. Sources before the start and after the
    end of the signal count as zero. What a call returns is final.
    """

    def __init__(self) -> None:
        n = np.arange(N_FFT)
        hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * n / N_FFT)
        self._analysis = hann.astype(np.float32)
        # Hann squared at a hop of a quarter window sums to 1.5.
        self._synthesis = (hann / 1.5).astype(np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget everything heard so far."""
        self._sources = np.zeros((3, _EDGE), np.float32)
        self._tail = np.zeros(N_FFT - HOP, np.float32)
        self._filters: list[NDArray[np.float32]] = []
        self._num_filters = 0
        self._skip = _EDGE

    def push(
        self, sources: NDArray[np.float32], filters: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Take more samples and subframes; return the samples that are complete.

        Args:
            sources: Harmonics, noise, pulsed noise, (3, samples).
            filters: (subframes, 4, 257): log magnitude and phase of the harmonic
                filter, log magnitudes for noise and pulsed noise. May run ahead of the
                samples.

        Returns:
            (samples,) float32.
        """
        self._sources = np.concatenate([self._sources, sources], axis=1)
        if len(filters):
            self._filters.append(filters)
            self._num_filters += len(filters)
        ready = (self._sources.shape[1] - N_FFT) // HOP + 1
        ready = min(max(ready, 0), self._num_filters)
        if ready == 0:
            return np.zeros(0, np.float32)
        pending = (
            np.concatenate(self._filters) if self._filters[1:] else self._filters[0]
        )
        rest = pending[ready:]
        self._filters = [rest] if len(rest) else []
        self._num_filters -= ready
        return self._filter(pending[:ready])

    def finish(self) -> NDArray[np.float32]:
        """Zeros follow the last sample: filter what is left and return the rest."""
        silence = np.zeros((3, _EDGE), np.float32)
        samples = self.push(silence, np.zeros((0, 4, NUM_BINS), np.float32))
        tail = self._tail[: N_FFT - HOP - _EDGE]
        skipped = min(self._skip, len(tail))
        self._skip -= skipped
        return np.concatenate([samples, tail[skipped:]])

    def _filter(self, filters: NDArray[np.float32]) -> NDArray[np.float32]:
        count = len(filters)
        windows = np.lib.stride_tricks.sliding_window_view(self._sources, N_FFT, axis=1)
        spectra = np.fft.rfft(windows[:, : count * HOP : HOP] * self._analysis, axis=2)
        self._sources = self._sources[:, count * HOP :].copy()
        magnitudes = np.exp(filters[:, (0, 2, 3)])
        harmonic = spectra[0] * magnitudes[:, 0]
        turn = np.empty((count, NUM_BINS), np.complex64)
        turn.real = np.cos(filters[:, 1])
        turn.imag = np.sin(filters[:, 1])
        harmonic *= turn
        harmonic += spectra[1] * magnitudes[:, 1]
        harmonic += spectra[2] * magnitudes[:, 2]
        frames = np.fft.irfft(harmonic, N_FFT, axis=1).astype(np.float32, copy=False)
        frames *= self._synthesis
        sums = np.zeros(count * HOP + N_FFT - HOP, np.float32)
        sums[: N_FFT - HOP] = self._tail
        # Four interleaved sets of windows that do not overlap within a set.
        for phase in range(N_FFT // HOP):
            block = frames[phase::4]
            start = phase * HOP
            sums[start : start + block.size] += block.reshape(-1)
        done = sums[: count * HOP]
        self._tail = sums[count * HOP :].copy()
        skipped = min(self._skip, len(done))
        self._skip -= skipped
        return done[skipped:]
