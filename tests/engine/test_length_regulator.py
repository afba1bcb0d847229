"""Durations keep the pace; frames know their place in the token."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.engine.length_regulator import (
    MAX_TOKEN_FRAMES,
    NUM_POSITION_FEATURES,
    DurationRounder,
    regulate,
)

durations = st.lists(st.floats(0.0, 60.0, width=32), min_size=1, max_size=80)


@given(durations, st.integers(1, 7))
def test_rounding_in_windows_equals_rounding_at_once(
    values: list[float], size: int
) -> None:
    wanted = np.array(values, np.float32)
    pauses = np.arange(len(wanted)) % 5 == 4
    whole = DurationRounder().round(wanted, pauses)
    rounder = DurationRounder()
    parts = [
        rounder.round(wanted[i : i + size], pauses[i : i + size])
        for i in range(0, len(wanted), size)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@given(durations)
def test_phonemes_last_at_least_a_frame(values: list[float]) -> None:
    wanted = np.array(values, np.float32)
    frames = DurationRounder().round(wanted, np.zeros(len(wanted), np.bool_))
    assert (frames >= 1).all()


@given(st.lists(st.floats(1.0, 40.0, width=32), min_size=1, max_size=100))
def test_no_time_is_lost_to_rounding(values: list[float]) -> None:
    wanted = np.array(values, np.float32)
    frames = DurationRounder().round(wanted, np.zeros(len(wanted), np.bool_))
    assert abs(float(frames.sum()) - float(wanted.sum(dtype=np.float64))) <= 1.0


def test_nonsense_durations_are_bounded() -> None:
    wanted = np.array([np.nan, np.inf, -5.0, 1e9], np.float32)
    frames = DurationRounder().round(wanted, np.zeros(4, np.bool_))
    assert frames.min() >= 1
    assert frames.max() <= MAX_TOKEN_FRAMES + 1


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.data())
def test_frames_of_any_range_equal_those_of_the_whole(
    counts: list[int], data: st.DataObject
) -> None:
    frames = np.array(counts, np.int64)
    total = int(frames.sum())
    rows = np.arange(2 * len(frames), dtype=np.float32).reshape(-1, 2)
    whole = regulate(rows, frames, 0, total)
    first = data.draw(st.integers(0, total))
    count = data.draw(st.integers(0, total - first))
    part = regulate(rows, frames, first, count)
    np.testing.assert_array_equal(part, whole[first : first + count])
    assert whole.shape == (total, 2 + NUM_POSITION_FEATURES)
    np.testing.assert_array_equal(whole[:, 0], np.repeat(rows[:, 0], frames))
    np.testing.assert_allclose(whole[:, 2] + whole[:, 3], 1.0, atol=1e-6)
