"""Cuts the part out of a recording that a voice is cloned from."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.audio.recording import Recording, frame_energies
from edge_tts.audio.resampler import Resampler
from edge_tts.errors import RecordingError, SinkError

_BELOW_LOUDEST_DB: Final = 40.0
"""Softer frames at the ends are silence."""
_LEAST_DB: Final = -40.0
"""Frames above it are never silence by their own level."""
_PADDING_SECONDS: Final = 0.03
_LEAST_KEPT_SECONDS: Final = 0.5
_HOP_SECONDS: Final = 0.01
_FRAME_SECONDS: Final = 0.025
_FLOOR: Final = 1e-10

Samples = NDArray[np.float32]


def trim_silence(samples: Samples, rate: int) -> Samples:
    """Return the recording without the silence at its ends.

    Frames count as silence that are 40 dB softer than the loudest one, or softer than
    -40 dBFS where that is more. Less than half a second is never left over.
    """
    energies = frame_energies(samples, rate, _HOP_SECONDS)
    if not len(energies):
        return samples
    levels = 10 * np.log10(energies + _FLOOR)
    threshold = max(float(levels.max()) - _BELOW_LOUDEST_DB, _LEAST_DB)
    heard = np.flatnonzero(levels > threshold)
    if not len(heard):
        return samples
    padding = int(rate * _PADDING_SECONDS)
    size, hop = int(rate * _FRAME_SECONDS), int(rate * _HOP_SECONDS)
    start = max(0, int(heard[0]) * hop - padding)
    stop = min(len(samples), int(heard[-1]) * hop + size + padding)
    if stop - start < int(_LEAST_KEPT_SECONDS * rate):
        return samples
    return samples[start:stop]


def cut_reference(
    recording: Recording,
    sample_rate: int,
    *,
    most_samples: int,
    least_seconds: float,
    trim: bool,
    centre: bool,
) -> Samples:
    """Return what is heard of a voice, at the rate of the networks.

    Args:
        recording: The whole.
        sample_rate: Rate to convert to.
        most_samples: Longer ones are cut to this, at the new rate.
        least_seconds: Shorter ones are refused.
        trim: Whether silence at the ends goes first.
        centre: Whether a long one is cut in its middle; else at its beginning.

    Raises:
        RecordingError: Too little is left, or the rates have no common measure.
    """
    rate = recording.sample_rate
    samples = recording.samples
    if trim:
        samples = trim_silence(samples, rate)
    if len(samples) < least_seconds * rate:
        raise RecordingError(
            f"{len(samples) / rate:.1f} s of sound, expected at least "
            f"{least_seconds:g} s; 5 to 15 s make a good voice"
        )
    if rate != sample_rate:
        try:
            resampler = Resampler(rate, sample_rate)
        except SinkError as error:
            raise RecordingError(
                f"{rate} samples per second cannot be converted to {sample_rate}; "
                "record it at 24000, 44100 or 48000"
            ) from error
        samples = np.concatenate([resampler.process(samples), resampler.flush()])
    if len(samples) > most_samples:
        start = (len(samples) - most_samples) // 2 if centre else 0
        samples = samples[start : start + most_samples]
    return np.ascontiguousarray(samples, np.float32)
