from __future__ import annotations

import pytest

from edge_tts.audio.prebuffer import Prebuffer


def seconds_after(chunks: list[tuple[float, float]]) -> float:
    prebuffer = Prebuffer(0.2)
    for audio_seconds, work_seconds in chunks:
        prebuffer.observe(audio_seconds, work_seconds)
    return prebuffer.seconds


@pytest.mark.parametrize(
    "chunks, expected",
    [
        ([], 0.25),
        ([(0.1, 0.001)] * 5, 0.25),
        # Even: a factor of 0.2, the next chunk of 1 s.
        ([(0.5, 0.1)] * 5, 0.2 + 0.2),
        # Uneven: 0.2 on average, and 3 deviations of 0.0707 s.
        ([(0.5, 0.05), (0.5, 0.15)], 0.2 + 0.2 + 3 * 0.05 * 2**0.5),
        # Near real time the reserve is all there is.
        ([(0.1, 0.08)] * 10, 0.2 + 0.16 + 0.6),
        ([(0.1, 0.5)] * 10, 3.2),
        ([(0.0, 0.05)], 0.25),
    ],
)
def test_reserve_follows_the_measured_speed(
    chunks: list[tuple[float, float]], expected: float
) -> None:
    assert seconds_after(chunks) == pytest.approx(expected)


def test_fixed_reserve_is_not_changed() -> None:
    prebuffer = Prebuffer(0.2, 0.25)
    prebuffer.observe(0.1, 1.0)
    assert prebuffer.seconds == 0.25
