"""Reads a recording whose voice is to be cloned, and says what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import RecordingError

LEAST_RATE: Final = 16000
"""Hz; below that consonants are gone, and the voice would sound like a telephone."""
MOST_RATE: Final = 384_000
MOST_SECONDS: Final = 300.0
"""Of a file: more holds several speakers or music, and takes a while to read."""
MOST_CHANNELS: Final = 8
_SILENCE: Final = 1e-3
"""-60 dBFS: whose loudest sample is softer has no voice."""
_CANCELLED: Final = 0.1
_CLIPPED: Final = 0.999
_CLIPPED_SHARE: Final = 1e-4
_QUIET_DB: Final = -40.0
_NOISY_DB: Final = 20.0
"""Least distance of loud and soft moments, dB."""
_FRAME_SECONDS: Final = 0.025
_FLOOR: Final = 1e-10

Samples = NDArray[np.float32]


class Recording(NamedTuple):
    """One channel of sound."""

    samples: Samples
    """(n,) float32, full scale 1."""
    sample_rate: int
    warnings: tuple[str, ...]
    """What may make the voice worse, a sentence each."""

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / self.sample_rate


def read_recording(path: Path) -> Recording:
    """Read a sound file and mix its channels.

    Raises:
        RecordingError: It is no sound file, or one that holds no usable voice.
    """
    samples, sample_rate = _read(path)
    if not np.isfinite(samples).all():
        raise RecordingError(
            f"{path}: holds samples that are not numbers (NaN or infinite); export it "
            "again as 16-bit WAV"
        )
    mixed = samples.mean(axis=1, dtype=np.float64).astype(np.float32)
    loudest = float(np.abs(samples).max(initial=0))
    if loudest < _SILENCE:
        raise RecordingError(
            f"{path}: is silent (loudest sample {_db(loudest**2):.0f} dBFS); check "
            "the microphone"
        )
    warnings = []
    if samples.shape[1] > 1:
        warnings.append(f"{samples.shape[1]} channels were mixed to one")
        power = float(np.square(samples, dtype=np.float64).mean())
        if np.square(mixed, dtype=np.float64).mean() < _CANCELLED**2 * power:
            raise RecordingError(
                f"{path}: its channels cancel each other out; export one of them"
            )
    return Recording(
        mixed, sample_rate, (*warnings, *_quality_warnings(samples, mixed, sample_rate))
    )


def _read(path: Path) -> tuple[Samples, int]:
    """All channels (n, channels) and the rate, once both are within reason."""
    # On demand: only cloning reads sound.
    import soundfile

    if not path.is_file():
        problem = "is a folder" if path.is_dir() else "no such file"
        raise RecordingError(f"{path}: {problem}; give a recording of the voice")
    try:
        with soundfile.SoundFile(str(path)) as file:
            rate, frames = int(file.samplerate), int(file.frames)
            _check_shape(path, rate, frames, int(file.channels))
            samples: Samples = file.read(dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError, ValueError) as error:
        raise RecordingError(
            f"{path}: is no sound file that can be read "
            f"({str(error).rpartition(': ')[2]}); expected WAV, FLAC, Ogg or MP3"
        ) from error
    if not len(samples):
        raise RecordingError(f"{path}: holds no sound")
    return samples, rate


def _check_shape(path: Path, rate: int, frames: int, channels: int) -> None:
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise RecordingError(
            f"{path}: {rate} samples per second, expected {LEAST_RATE} to {MOST_RATE}; "
            "record it at 24000 or more (converting it does not bring back what is "
            "missing)"
        )
    if frames / rate > MOST_SECONDS:
        raise RecordingError(
            f"{path}: {frames / rate:.0f} s long, expected at most {MOST_SECONDS:.0f}; "
            "cut out 5 to 15 s in which one person speaks"
        )
    if channels > MOST_CHANNELS:
        raise RecordingError(
            f"{path}: {channels} channels, expected at most {MOST_CHANNELS}"
        )


def _quality_warnings(samples: Samples, mixed: Samples, rate: int) -> list[str]:
    warnings = []
    clipped = float((np.abs(samples) >= _CLIPPED).mean())
    if clipped > _CLIPPED_SHARE:
        warnings.append(
            f"{100 * clipped:.2f} % of the samples are clipped; record it softer"
        )
    energy = frame_energies(mixed, rate)
    if not len(energy):
        return warnings
    loud, soft = (_db(float(np.percentile(energy, part))) for part in (90, 5))
    if loud < _QUIET_DB:
        warnings.append(f"it is very soft ({loud:.0f} dBFS); record it louder")
    if loud - soft < _NOISY_DB:
        warnings.append(
            f"loud and soft moments differ by {loud - soft:.0f} dB only: noise, music "
            "or echo will become part of the voice"
        )
    return warnings


def frame_energies(
    samples: Samples, rate: int, hop_seconds: float = 0.01
) -> NDArray[np.float64]:
    """Mean square of frames of 25 ms, one every ``hop_seconds``; (frames,)."""
    size, hop = int(rate * _FRAME_SECONDS), int(rate * hop_seconds)
    if len(samples) < size:
        return np.zeros(0)
    total = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    starts = np.arange(0, len(samples) - size + 1, hop)
    energies: NDArray[np.float64] = (total[starts + size] - total[starts]) / size
    return np.maximum(energies, 0.0)


def _db(power: float) -> float:
    return float(10 * np.log10(power + _FLOOR))
