"""Owns Resampler: streaming sample-rate conversion by a rational factor.

Needed where a rate is fixed from outside: Opus takes 8, 12, 16, 24 and 48 kHz only,
and some sound cards nothing but 48 kHz, while voices speak at 22.05 kHz.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from edge_tts.errors import SinkError

_ZERO_CROSSINGS = 32
# Kaiser window for 90 dB: with 32 zero crossings on each side the transition band is
# 9 % of the rate, centred on the lower Nyquist frequency.
_KAISER_BETA = 8.96
_LARGEST_BLOCK = 4096


class Resampler:
    """Convert one mono signal from ``source_rate`` to ``target_rate``.

    The output is in time with the input (no delay) and ``flush`` completes it to
    ceil(input length x ratio) samples. Each block of outputs is one product with the
    same matrix at the same absolute position, so the result does not depend on how the
    input was cut: it is bit-identical for every chunking.

    Raises:
        SinkError: The two rates have no small ratio.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        divisor = math.gcd(source_rate, target_rate)
        up, down = target_rate // divisor, source_rate // divisor
        if max(up, down) > _LARGEST_BLOCK:
            raise SinkError(
                f"cannot convert {source_rate} Hz to {target_rate} Hz: "
                "choose a common rate such as 24000, 44100 or 48000"
            )
        # Tiny ratios (1:2) are repeated until one product does useful work.
        repeats = max(1, 128 // max(up, down))
        self._up, self._down = up, down
        self._block_in, self._block_out = down * repeats, up * repeats
        half_width = math.ceil(_ZERO_CROSSINGS * max(1.0, down / up))
        self._matrix = _polyphase_matrix(
            up, down, self._block_in, self._block_out, half_width
        )
        self._window = self._matrix.shape[0]
        self._half_width = half_width
        self._num_in = 0
        self._num_out = 0
        self._pending = np.zeros(half_width, dtype=np.float32)

    def process(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the output samples that ``samples`` (n,) complete; may be none."""
        self._num_in += len(samples)
        pending = np.concatenate((self._pending, samples)).astype(np.float32)
        num_blocks = max(
            0, (len(pending) - self._window + self._block_in) // self._block_in
        )
        out = np.empty(num_blocks * self._block_out, dtype=np.float32)
        for block in range(num_blocks):
            start = block * self._block_in
            np.dot(
                pending[start : start + self._window],
                self._matrix,
                out=out[block * self._block_out : (block + 1) * self._block_out],
            )
        self._pending = pending[num_blocks * self._block_in :].copy()
        self._num_out += len(out)
        return out

    def flush(self) -> npt.NDArray[np.float32]:
        """Return the rest of the output; the signal ends here."""
        num_in = self._num_in
        missing = -(-num_in * self._up // self._down) - self._num_out
        # One block more than needed covers the look-ahead of the last sample.
        blocks = -(-missing // self._block_out) + 1
        silence = np.zeros(blocks * self._block_in + self._half_width, dtype=np.float32)
        return self.process(silence)[:missing]


def _polyphase_matrix(
    up: int, down: int, block_in: int, block_out: int, half_width: int
) -> npt.NDArray[np.float32]:
    """Return the (window, block_out) matrix of windowed sincs.

    Row i is the input sample at i - half_width relative to the first output of the
    block, column n the output at time n * down / up.
    """
    window = block_in + 2 * half_width
    source_times = np.arange(window) - half_width
    target_times = np.arange(block_out) * down / up
    distance = source_times[:, None] - target_times[None, :]
    cutoff = min(1.0, up / down)
    inside = np.clip(1.0 - (distance / half_width) ** 2, 0.0, None)
    taper = np.i0(_KAISER_BETA * np.sqrt(inside)) / np.i0(_KAISER_BETA)
    taper[np.abs(distance) > half_width] = 0.0
    matrix = cutoff * np.sinc(cutoff * distance) * taper
    # Unit gain at 0 Hz for every phase: no ripple at the block rate on a constant.
    matrix /= matrix.sum(axis=0, keepdims=True)
    return np.ascontiguousarray(matrix, dtype=np.float32)
