from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.audio import AudioChunk, AudioFormat, pcm16_from_float
from edge_tts.errors import ConfigError


def test_conversion_rounds_clips_and_silences_nan() -> None:
    samples = np.array(
        [0.0, 1.0, -1.0, 2.0, -2.0, np.nan, np.inf, -np.inf, 0.5 / 32768, 1.5 / 32768],
        dtype=np.float32,
    )
    expected = [0, 32767, -32768, 32767, -32768, 0, 32767, -32768, 0, 2]
    assert pcm16_from_float(samples).tolist() == expected


@given(st.integers(-32768, 32767))
def test_every_16_bit_value_survives_the_way_through_float(value: int) -> None:
    sample = np.array([value / 32768], dtype=np.float32)
    assert pcm16_from_float(sample).tolist() == [value]


def test_input_is_not_changed() -> None:
    samples = np.array([0.25, np.nan], dtype=np.float32)
    pcm16_from_float(samples)
    assert samples[0] == np.float32(0.25) and np.isnan(samples[1])


def test_chunk_counts_samples_per_channel() -> None:
    chunk = AudioChunk(np.zeros(44, np.float32), AudioFormat(22_050, 2), 0)
    assert chunk.num_samples == 22
    assert chunk.seconds == pytest.approx(22 / 22_050)
    assert len(chunk.pcm16()) == 88


@pytest.mark.parametrize("rate, channels", [(0, 1), (10**7, 1), (22_050, 0)])
def test_impossible_formats_are_refused(rate: int, channels: int) -> None:
    with pytest.raises(ConfigError):
        AudioFormat(rate, channels)
