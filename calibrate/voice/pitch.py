"""Fundamental frequency of recordings: WORLD's tracker, cleaned and extended.

Owns F0, voicing and the phase of the first harmonic; knows no network.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, oaconvolve, sosfiltfilt

from calibrate.voice.recordings import HOP_LENGTH, SAMPLE_RATE

F0_RANGE: Final = {
    "kathleen": (90.0, 400.0),
    "lj": (90.0, 420.0),
    "slt": (90.0, 350.0),
    "bdl": (55.0, 260.0),
}
"""Hz, per speaker; keeps the tracker from octave errors."""
SILENT_F0: Final = 181.0
"""Hz that stands for "no pitch anywhere"; exp(5.2), zero after normalisation."""
PHASE_STEP: Final = 64
"""Samples between two values of ``phase_deviation``."""
_MIN_RUN: Final = 3
_MIN_CORRELATION: Final = 0.8
_MAX_EXTENSION: Final = 12


def track_f0(
    samples: NDArray[np.float32], speaker: str, num_frames: int
) -> NDArray[np.float32]:
    """F0 in Hz at the centres of the mel frames, 0 where unvoiced; (num_frames,)."""
    import pyworld  # Only extraction needs it: training reads feature files.

    low, high = F0_RANGE[speaker]
    signal = samples.astype(np.float64)
    # Half a hop, so that the odd values lie exactly on the centres of mel frames.
    coarse, times = pyworld.dio(
        signal,
        SAMPLE_RATE,
        f0_floor=low,
        f0_ceil=high,
        frame_period=500.0 * HOP_LENGTH / SAMPLE_RATE,
    )
    fine = pyworld.stonemask(signal, coarse, times, SAMPLE_RATE)[1::2]
    f0 = np.zeros(num_frames)
    count = min(num_frames, len(fine))
    f0[:count] = fine[:count]
    f0[(f0 < 0.9 * low) | (f0 > 1.05 * high)] = 0.0
    _drop_short_runs(f0)
    _extend_runs(f0, signal, low, high)
    return f0.astype(np.float32)


def fill_f0(f0: NDArray[np.float32]) -> NDArray[np.float32]:
    """Continuous F0: log-linear across unvoiced stretches, held at the ends."""
    voiced = np.flatnonzero(f0 > 0)
    if not len(voiced):
        return np.full(len(f0), SILENT_F0, np.float32)
    log_f0 = np.interp(np.arange(len(f0)), voiced, np.log(f0[voiced]))
    return np.asarray(np.exp(log_f0), np.float32)


def integrated_phase(f0: NDArray[np.float32]) -> NDArray[np.float64]:
    """Phase in radians of an oscillator that follows F0, one value per sample."""
    centres = np.arange(len(f0)) * HOP_LENGTH + HOP_LENGTH / 2
    per_sample = np.interp(np.arange(len(f0) * HOP_LENGTH), centres, f0)
    return np.asarray(2 * np.pi * np.cumsum(per_sample) / SAMPLE_RATE)


def phase_deviation(
    samples: NDArray[np.float32], f0: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What to add to ``integrated_phase`` to get the recording's first harmonic.

    Training only: with it the harmonics of the output lie on those of the recording.

    Args:
        samples: (frames * 256,) float32.
        f0: (frames,) continuous F0.

    Returns:
        (frames * 4,) float32 radians, unwrapped, at every 64th sample.
    """
    window = np.hanning(443)[1:-1]  # 20 ms
    carrier = np.exp(-1j * integrated_phase(f0))
    baseband = oaconvolve(samples * carrier, window / window.sum(), mode="same")
    angles = np.angle(baseband[::PHASE_STEP] + 1e-12)
    return np.unwrap(angles).astype(np.float32)


def voiced_runs(f0: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Half-open frame ranges in which F0 is above 0."""
    edges = np.diff(np.concatenate([[0], (f0 > 0).astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _drop_short_runs(f0: NDArray[np.float64]) -> None:
    for start, stop in voiced_runs(f0):
        if stop - start < _MIN_RUN:
            f0[start:stop] = 0.0


def _extend_runs(
    f0: NDArray[np.float64], signal: NDArray[np.float64], low: float, high: float
) -> None:
    # DIO gives up early at both ends of voiced stretches (53 % of LJ's frames voiced
    # where 60-65 % are): walk on while the signal repeats itself one period later.
    band = butter(2, [50.0, 1000.0], "bandpass", fs=SAMPLE_RATE, output="sos")
    narrow = sosfiltfilt(band, signal)
    quiet = 1e-3 * float(np.max(narrow**2))
    for start, stop in voiced_runs(f0):
        for frame, step in ((start - 1, -1), (stop, 1)):
            for _ in range(_MAX_EXTENSION):
                if not 0 <= frame < len(f0) or f0[frame] > 0:
                    break
                near = f0[frame - step]
                found = _local_f0(narrow, frame, near, quiet)
                if not low <= found <= high:
                    break
                f0[frame] = found
                frame += step


def _local_f0(
    signal: NDArray[np.float64], frame: int, near: float, quiet: float
) -> float:
    period = SAMPLE_RATE / near
    shortest, longest = int(period / 1.12), int(np.ceil(period * 1.12))
    width = int(1.5 * period)
    begin = frame * HOP_LENGTH + HOP_LENGTH // 2 - (width + int(period)) // 2
    if begin < 0 or begin + width + longest > len(signal):
        return 0.0
    here = signal[begin : begin + width]
    power = float(here @ here)
    if power < quiet * width:
        return 0.0
    there = np.lib.stride_tricks.sliding_window_view(
        signal[begin + shortest : begin + longest + width], width
    )
    scores = there @ here / np.sqrt(power * np.einsum("ij,ij->i", there, there) + 1e-12)
    best = int(np.argmax(scores))
    if scores[best] < _MIN_CORRELATION or best in (0, len(scores) - 1):
        return 0.0
    return SAMPLE_RATE / (shortest + best)
