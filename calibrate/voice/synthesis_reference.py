"""Source-filter synthesis of a whole utterance in NumPy: the definition of the signal.

Slow, float64, no torch, no state. Streaming implementations are tested against it.

Framing, with hop H = 256, subframe S = 128, N = 512 and T frames (n counts samples of
the utterance, t frames, j subframes):

* Values per frame become values per sample linearly: sample n lies at frame position
  ``p = (n + 0.5) / 256 - 0.5``, clamped to [0, T - 1]; with i = floor(p) the value is
  ``(1 - (p - i)) * v[i] + (p - i) * v[i + 1]``. Used for F0 and the gate.
* The gate is ``max(voiced[t-1], voiced[t], voiced[t+1])`` (frames outside do not count)
  brought to samples: voicing is dilated by one frame, then ramped over 256 samples.
* Phase is a uint32 accumulator of turns * 2**32. The increment of sample n is
  ``rint(f0[n] / 22050 * 2**32)`` and is added *before* the sample is made; the phase in
  radians is ``int32(accumulator) * pi / 2**31``, in [-pi, pi).
* Noise is a pure function of seed and n: see ``hash_noise``. It is multiplied by
  ``exp(excitation[t, 2 + k])`` in the k-th run of 32 samples of frame t.
* Each source is padded with 192 zeros at both ends and cut into 2 T windows of 512
  samples with hop 128, so that subframe j is centred on sample 128 j + 64; periodic
  Hann window, real FFT. Subframe j = 2 t + s uses the s-th half of row t.
* The filtered sum goes through the inverse FFT, the same window divided by 1.5, and
  overlap-add; the first and last 192 samples of the sum are dropped.

Subframe j reads source samples 128 j - 192 .. 128 j + 319 and writes the same range, so
once S samples of the sources are known, output samples below about S - 448 are final.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

SAMPLE_RATE: Final = 22050
HOP_LENGTH: Final = 256
SUBFRAME: Final = 128
N_FFT: Final = 512
NUM_BINS: Final = 257
NUM_GAINS: Final = 8
PULSE_RMS: Final = 0.5229
_REACH: Final = (N_FFT - SUBFRAME) // 2

FloatArray = NDArray[np.float64]


def synthesize(
    log_harmonic: ArrayLike,
    phase: ArrayLike,
    log_noise: ArrayLike,
    log_pulse: ArrayLike,
    excitation: ArrayLike,
    f0: ArrayLike,
    voiced: ArrayLike,
    *,
    seed: int = 0,
) -> FloatArray:
    """Turn the vocoder's outputs into sound.

    Args:
        log_harmonic: (T, 514) natural-log magnitudes, two subframes of 257 bins a row.
        phase: (T, 514) radians.
        log_noise: (T, 514) natural log.
        log_pulse: (T, 514) natural log.
        excitation: (T, 10): direction of the noise pulse (normalised again here), then
            8 log gains of the noise.
        f0: (T,) Hz, continuous, above 20.
        voiced: (T,) 0 or 1.
        seed: Of the noise.

    Returns:
        (T * 256,) float64.
    """
    direction, gains = np.split(np.asarray(excitation, np.float64), [2], axis=1)
    pitch = upsample(f0)
    gate = upsample(_dilate(np.asarray(voiced, np.float64)))
    angle = oscillator_phase(pitch)
    noise = hash_noise(0, len(angle), seed)
    noise *= np.exp(gains).repeat(HOP_LENGTH // NUM_GAINS, axis=1).ravel()
    spectra = [
        stft(source)
        for source in (
            harmonic_source(angle, pitch) * gate,
            noise,
            noise * noise_pulses(angle, direction) * gate,
        )
    ]
    harmonic = np.exp(_subframes(log_harmonic) + 1j * _subframes(phase))
    return inverse_stft(
        spectra[0] * harmonic
        + spectra[1] * np.exp(_subframes(log_noise))
        + spectra[2] * np.exp(_subframes(log_pulse))
    )


def upsample(frames: ArrayLike) -> FloatArray:
    """Frame values (T,) -> sample values (T * 256,), linear between frame centres."""
    values = np.asarray(frames, np.float64)
    position = (np.arange(len(values) * HOP_LENGTH) + 0.5) / HOP_LENGTH - 0.5
    position = np.clip(position, 0, len(values) - 1)
    left = np.floor(position).astype(np.int64)
    right = np.minimum(left + 1, len(values) - 1)
    weight = position - left
    mixed = (1 - weight) * values[left] + weight * values[right]
    return np.asarray(mixed, np.float64)


def oscillator_phase(f0: FloatArray) -> FloatArray:
    """Phase in [-pi, pi) per sample of a uint32 accumulator that follows F0."""
    increments = np.rint(f0 / SAMPLE_RATE * 2.0**32).astype(np.uint64)
    turns = np.cumsum(increments).astype(np.uint32)  # wraps: that is the point
    return turns.view(np.int32).astype(np.float64) * (math.pi / 2.0**31)


def hash_noise(first: int, count: int, seed: int) -> FloatArray:
    """White noise of unit power, uniform in [-sqrt(3), sqrt(3)).

    Sample n is the "lowbias32" integer hash of n + seed * 0x9E3779B9 (mod 2**32), taken
    as int32.
    """
    start = (first + seed * 0x9E3779B9) % 2**32
    hashed = (np.arange(count, dtype=np.uint64) + start).astype(np.uint32)
    hashed ^= hashed >> np.uint32(16)
    hashed *= np.uint32(0x21F0AAAD)
    hashed ^= hashed >> np.uint32(15)
    hashed *= np.uint32(0xD35A2D97)
    hashed ^= hashed >> np.uint32(15)
    return hashed.view(np.int32).astype(np.float64) * (math.sqrt(3.0) / 2.0**31)


def harmonic_source(angle: FloatArray, f0: FloatArray) -> FloatArray:
    """All K cosines of F0 below 0.495 of the sample rate, of power 1 together."""
    count = np.floor(0.495 * SAMPLE_RATE / f0)
    half = np.sin(angle / 2)
    near = np.abs(half) < 1e-3
    ratio = np.sin((count + 0.5) * angle) / np.where(near, 1.0, 2 * half) - 0.5
    return np.where(near, count, ratio) * np.sqrt(2 / count)


def noise_pulses(angle: FloatArray, direction: FloatArray) -> FloatArray:
    """Gain of the pulsed noise per sample: one smooth pulse a period, unit RMS."""
    unit = direction / np.maximum(
        np.linalg.norm(direction, axis=1, keepdims=True), 1e-6
    )
    cosine, sine = unit.repeat(HOP_LENGTH, axis=0).T
    pulse = 0.5 + 0.5 * (np.cos(angle) * cosine + np.sin(angle) * sine)
    return np.asarray(pulse**2 / PULSE_RMS)


def stft(signal: FloatArray) -> NDArray[np.complex128]:
    """(T * 256,) -> (2 T, 257); subframe j is centred on sample 128 j + 64."""
    padded = np.pad(signal, _REACH)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::SUBFRAME]
    return np.asarray(np.fft.rfft(frames * _hann(), axis=1))


def inverse_stft(spectrum: NDArray[np.complex128]) -> FloatArray:
    """(2 T, 257) -> (T * 256,) by windowed overlap-add."""
    frames = np.fft.irfft(spectrum, N_FFT, axis=1) * (_hann() / 1.5)
    length = len(frames) * SUBFRAME
    total = np.zeros(length + 2 * _REACH)
    for index, frame in enumerate(frames):
        total[index * SUBFRAME : index * SUBFRAME + N_FFT] += frame
    return total[_REACH : _REACH + length]


def _dilate(voiced: FloatArray) -> FloatArray:
    padded = np.pad(voiced, 1)
    return np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])


def _subframes(rows: ArrayLike) -> FloatArray:
    return np.asarray(rows, np.float64).reshape(-1, NUM_BINS)


def _hann() -> FloatArray:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
