"""Inverse short-time Fourier transform: spectra to samples, by overlap-add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.layer import FloatRows, Layer, Shape, extend_reach
from edge_tts.network.value import Value

_SILENT = 1e-11
"""Below this sum of squared windows a sample is left silent."""


class Istft(Layer):
    """Each row is a spectrum [real | imaginary] and gives ``hop`` samples.

    Windows are weighted by ``window`` and divided by the sum of all squared windows
    that overlap there, of earlier and later rows as well where the signal begins and
    ends: it fades in and out within ``fft_size - hop`` samples.
    """

    kind: ClassVar[str] = "istft"
    fft_size: int
    """Samples of a window."""
    hop: int
    """Samples from window to window, and channels of the output."""
    padding: int = 0
    """Samples dropped at the start; ``fft_size / 2`` for centred windows, ``(fft_size -
    hop) / 2`` for a signal as long as its rows."""

    @property
    def windowed(self) -> bool:
        return True

    @property
    def lookahead(self) -> int:
        """Later rows that reach the samples of a row."""
        return (self.hop - 1 + self.padding) // self.hop

    @property
    def num_taps(self) -> int:
        """Windows that reach the samples of a row."""
        last = (self.fft_size - 1 - self.padding) // self.hop
        return self.lookahead + last + 1

    def output(self, inputs: Sequence[Value]) -> Value:
        self.require_float(inputs)
        if self.fft_size < 2 or self.fft_size % 2:
            self.fail(f"fft_size must be even, got {self.fft_size}")
        if not 1 <= self.hop <= self.fft_size or not 0 <= self.padding < self.fft_size:
            self.fail(
                f"hop {self.hop} and padding {self.padding} do not fit windows of "
                f"{self.fft_size} samples"
            )
        if inputs[0].channels != self.fft_size + 2:
            self.fail(
                f"expected {self.fft_size + 2} channels, real and imaginary parts of "
                f"{self.fft_size // 2 + 1} bins, got {inputs[0]}"
            )
        past = self.num_taps - 1 - self.lookahead
        value = extend_reach(inputs[0], past, self.lookahead, self.lookahead)
        return value.with_channels(self.hop)

    def tensors(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        return {"window": (self.fft_size,)}

    def states(self, inputs: Sequence[Value]) -> dict[str, Shape]:
        if self.num_taps == 1:
            return {}
        return {"frames": (self.num_taps - 1, self.fft_size)}

    def multiply_adds(self, inputs: Sequence[Value]) -> int:
        """Of a fast transform, about."""
        return 2 * self.fft_size * (self.fft_size.bit_length() - 1)

    def synthesis_window(self, window: NDArray[Any]) -> NDArray[np.float32]:
        """Returns (fft_size,) factors of a window's samples."""
        squares = np.zeros(-(-self.fft_size // self.hop) * self.hop)
        squares[: self.fft_size] = np.square(window.astype(np.float64))
        total = squares.reshape(-1, self.hop).sum(axis=0)
        total = np.tile(total, len(squares) // self.hop)[: self.fft_size]
        safe = np.where(total > _SILENT, total, 1.0)
        factors: NDArray[np.float64] = np.where(total > _SILENT, window / safe, 0.0)
        return factors.astype(np.float32)

    def synthesis_matrix(self, window: NDArray[Any]) -> NDArray[np.float32]:
        """Returns (fft_size + 2, fft_size): spectrum to weighted window."""
        bins = self.fft_size // 2 + 1
        unit = np.concatenate([np.eye(bins), 1j * np.eye(bins)])
        basis = np.fft.irfft(unit, self.fft_size, axis=1)
        return (basis * self.synthesis_window(window)).astype(np.float32)

    def tap_samples(self, tap: int) -> tuple[int, int, int]:
        """Returns what a window adds to the samples of a row.

        Args:
            tap: 0 for the oldest window.

        Returns:
            First sample of the row, first sample of the window, number of samples.
        """
        age = self.num_taps - 1 - tap
        offset = (age - self.lookahead) * self.hop + self.padding
        first = max(0, -offset)
        count = min(self.hop, self.fft_size - offset) - first
        return first, offset + first, max(count, 0)

    def compute(
        self,
        inputs: Sequence[NDArray[Any]],
        tensors: Mapping[str, NDArray[Any]],
        states: Mapping[str, FloatRows],
    ) -> tuple[FloatRows, dict[str, FloatRows]]:
        rows = np.asarray(inputs[0], np.float64)
        bins = self.fft_size // 2 + 1
        spectra = rows[:, :bins] + 1j * rows[:, bins:]
        windows = np.fft.irfft(spectra, self.fft_size, axis=1)
        windows *= self.synthesis_window(tensors["window"])
        frames = windows.astype(np.float32)
        next_states = {}
        if self.num_taps > 1:
            frames = np.concatenate([states["frames"], frames])
            next_states["frames"] = frames[len(rows) :]
        result = np.zeros((len(rows), self.hop), np.float32)
        for tap in range(self.num_taps):
            to, start, count = self.tap_samples(tap)
            added = frames[tap : tap + len(rows), start : start + count]
            result[:, to : to + count] += added
        return result, next_states
