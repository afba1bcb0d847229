"""The vocoder's sources: harmonics, noise, and noise pulsed by pitch."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.engine.noise import uniform_noise

NUM_EXCITATION_FEATURES: Final = 10
"""Per frame: direction of the noise pulse (cos, sin) of any length, log gain of 8 noise
segments."""

_NUM_GAINS: Final = NUM_EXCITATION_FEATURES - 2
_PULSE_RMS_SQUARED: Final = np.float32(0.5229)
_FULL_TURN: Final = 2.0**32


class Excitation:
    """Makes the three source signals frame after frame; the phase never drifts.

    Each frame adds ``hop_length`` samples that lie between the centre of the frame
    before and its own centre, where pitch is interpolated linearly; the first adds half
    as many (from the start of the signal to its centre), the end the other half.
    Phase is a 32-bit fraction of a turn: chunking cannot change it, wrapping is exact.
    """

    def __init__(self, sample_rate: int, hop_length: int) -> None:
        self._sample_rate = sample_rate
        self._hop_length = hop_length
        self._ramp = (np.arange(hop_length, dtype=np.float32) + 0.5) / hop_length
        self._last_frame = np.zeros(2, np.float32)
        self._last_excitation = np.zeros((1, NUM_EXCITATION_FEATURES), np.float32)
        self.reset(seed=0)

    def reset(self, seed: int) -> None:
        """Start a new signal whose noise is that of ``seed``."""
        self._seed = seed
        self._phase = np.uint32(0)
        self._num_samples = 0
        self._started = False
        self._last_frame[:] = 0.0
        self._last_excitation[:] = 0.0

    def push(
        self,
        f0: NDArray[np.float32],
        gate: NDArray[np.float32],
        excitation: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Advance by the given frames.

        Args:
            f0: Pitch in Hz, continuous through unvoiced frames, (T,).
            gate: 1 where voiced, 0 elsewhere, (T,).
            excitation: Pulse direction and log noise gains, (T, 10).

        Returns:
            (3, samples): harmonics, noise, pulsed noise.
        """
        frames = np.stack([f0, gate], axis=1)  # (T, 2)
        if not self._started:
            self._started = True
            self._last_frame = frames[0]
            self._last_excitation = excitation[:1].copy()
            skip = self._hop_length // 2
        else:
            skip = 0
        before = np.concatenate([self._last_frame[None], frames[:-1]])
        steps = (frames - before)[:, None, :]  # (T, 1, 2)
        curve = (before[:, None, :] + steps * self._ramp[:, None]).reshape(-1, 2)[skip:]
        rows = np.concatenate([self._last_excitation, excitation])
        self._last_frame = frames[-1]
        # The rows are a stage's memory: the next run overwrites them.
        self._last_excitation = excitation[-1:].copy()
        half = self._hop_length // 2
        window = slice(half + skip, half + skip + len(curve))
        return self._render(curve, rows, window)

    def finish(self) -> NDArray[np.float32]:
        """The samples from the last frame's centre to the end of the signal."""
        half = self._hop_length // 2
        if not self._started:
            return np.zeros((3, 0), np.float32)
        curve = np.repeat(self._last_frame[None], half, axis=0)
        return self._render(curve, self._last_excitation, slice(half, 2 * half))

    def _render(
        self,
        curve: NDArray[np.float32],
        rows: NDArray[np.float32],
        window: slice,
    ) -> NDArray[np.float32]:
        f0, gate = curve[:, 0], curve[:, 1]
        length = np.sqrt(np.square(rows[:, :2]).sum(axis=1, keepdims=True) + 1e-4)
        direction = np.repeat(rows[:, :2] / length, self._hop_length, axis=0)[window]
        gain = np.repeat(
            np.exp(rows[:, 2:]).reshape(-1), self._hop_length // _NUM_GAINS
        )[window]
        steps = f0 * np.float64(_FULL_TURN / self._sample_rate)
        increments = np.floor(steps + 0.5)
        turns = np.cumsum(increments.astype(np.uint32), dtype=np.uint32) + self._phase
        self._phase = turns[-1]
        phase = turns.view(np.int32) * np.float32(2.0 * np.pi / _FULL_TURN)

        out = np.empty((3, len(f0)), np.float32)
        count = np.floor(np.float32(0.495 * self._sample_rate) / f0)
        half_sine = np.sin(phase * np.float32(0.5))
        near = np.abs(half_sine) < 1e-3
        # Sum of cos(k * phase) for k = 1..count in closed form.
        ratio = np.sin((count + np.float32(0.5)) * phase) / np.where(
            near, np.float32(1.0), half_sine * np.float32(2.0)
        )
        harmonics = np.where(near, count, ratio - np.float32(0.5))
        out[0] = harmonics * np.sqrt(np.float32(2.0) / count) * gate
        out[1] = uniform_noise(self._seed, self._num_samples, len(f0)) * gain
        pulse = np.cos(phase) * direction[:, 0] + np.sin(phase) * direction[:, 1]
        pulse = np.square(np.float32(0.5) + np.float32(0.5) * pulse)
        out[2] = out[1] * (pulse / _PULSE_RMS_SQUARED) * gate
        self._num_samples += len(f0)
        return out
