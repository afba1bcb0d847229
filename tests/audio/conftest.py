from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from edge_tts.audio import AudioChunk, AudioFormat

VOICE_FORMAT = AudioFormat(22_050)


def cut(samples: np.ndarray, size: int, format: AudioFormat) -> Iterator[AudioChunk]:
    for start in range(0, len(samples), size):
        yield AudioChunk(samples[start : start + size], format, start)


@pytest.fixture
def speech() -> np.ndarray:
    """1.2 s that use the whole range, with silence at both ends."""
    rng = np.random.default_rng(7)
    time = np.arange(26_460) / 22_050
    signal = np.sin(2 * np.pi * 180 * time) * 0.6 + rng.normal(0, 0.05, len(time))
    signal[:2000] = 0.0
    signal[-2000:] = 0.0
    return signal.astype(np.float32)


@pytest.fixture
def chunks(speech: np.ndarray) -> Callable[..., Iterator[AudioChunk]]:
    def make(size: int = 2048) -> Iterator[AudioChunk]:
        return cut(speech, size, VOICE_FORMAT)

    return make
