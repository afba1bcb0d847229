from __future__ import annotations

import numpy as np
import pytest

from edge_tts.audio.playback import Playback
from edge_tts.audio.ring_buffer import RingBuffer

FADE = 8


def make(samples: int = 0) -> tuple[RingBuffer, Playback]:
    ring = RingBuffer(1000, history=24)
    ring.write(np.full(samples, 1000, np.int16))
    playback = Playback(ring, fade_samples=FADE, tail_samples=20)
    playback.held = False
    return ring, playback


def block(playback: Playback, size: int = 16) -> list[int]:
    out = np.full(size, 77, dtype=np.int16)
    assert playback.fill(out.data.cast("B")) == playback.is_over
    return out.tolist()


def is_ramp(samples: list[int], first: int, last: int) -> bool:
    ordered = sorted(samples, reverse=first > last)
    steps = np.abs(np.diff(samples))
    return (samples, samples[0], samples[-1]) == (ordered, first, last) and max(
        steps
    ) < 1.5 * abs(last - first) / (len(samples) - 1)


def test_held_playback_is_silent_and_keeps_the_samples() -> None:
    ring, playback = make(20)
    playback.held = True
    assert block(playback) == [0] * 16
    assert ring.available == 20 and playback.underruns == 0


def test_speech_is_unaltered_between_ramps_in_the_silence_around_it() -> None:
    ring, playback = make()
    speech = np.arange(700, 760).astype(np.int16)
    ring.write(speech)
    playback.ending = True
    heard: list[int] = []
    while not playback.is_over:
        heard += block(playback)
    assert is_ramp(heard[:FADE], 0, 700)
    assert heard[FADE : FADE + 60] == speech.tolist()
    assert is_ramp(heard[FADE + 60 : 2 * FADE + 60], 759, 0)
    assert not any(heard[2 * FADE + 60 :])
    assert len(heard) >= 2 * FADE + 60 + 20
    assert playback.underruns == 0


def test_speech_from_zero_to_zero_gets_no_ramps() -> None:
    ring, playback = make()
    ring.write(np.array([0, 5, -5, 0], np.int16))
    playback.ending = True
    assert block(playback) == [0, 5, -5, 0] + [0] * 12


@pytest.mark.parametrize("edge", [-32768, -1, 1, 32767])
def test_ramps_meet_the_edge_of_every_sign(edge: int) -> None:
    ring, playback = make()
    ring.write(np.full(4, edge, np.int16))
    playback.ending = True
    heard = block(playback, 32)
    assert heard[FADE - 1 : FADE + 5] == [edge] * 6
    assert min(heard) >= min(edge, 0) and max(heard) <= max(edge, 0)


def test_running_empty_counts_once_and_waits_for_a_new_reserve() -> None:
    ring, playback = make(24)
    assert block(playback)[FADE:] == [1000] * 8
    heard = block(playback, 32)
    assert heard[:16] == [1000] * 16 and is_ramp(heard[16:24], 1000, 0)
    assert not any(heard[24:])
    ring.write(np.full(3, 5, np.int16))
    assert block(playback) == [0] * 16
    assert playback.underruns == 1 and ring.available == 3


def test_pause_of_the_text_is_no_underrun() -> None:
    _, playback = make(4)
    playback.gap_expected = True
    block(playback)
    assert playback.held and playback.underruns == 0


def test_end_pushes_the_last_sample_out_of_the_device() -> None:
    _, playback = make(8)
    playback.ending = True
    assert block(playback)[8:] == [1000] * 8
    assert is_ramp(block(playback)[:8], 1000, 0)
    # 8 samples of the tail of 20 are in the block before.
    assert not any(block(playback)) and playback.is_over


def test_cancel_fades_out_and_stops() -> None:
    _, playback = make(200)
    block(playback)
    playback.cancelled = True
    samples = block(playback)
    assert is_ramp(samples[:8], 1000, 0) and not any(samples[8:])
    assert not playback.is_over
    block(playback)
    assert playback.is_over


def test_fade_goes_on_in_the_next_block() -> None:
    _, playback = make(200)
    block(playback)
    playback.cancelled = True
    assert is_ramp(block(playback, 5) + block(playback, 5)[:3], 1000, 0)


def test_cancel_while_held_is_silence() -> None:
    _, playback = make(200)
    playback.held, playback.cancelled = True, True
    assert not any(block(playback)) and not playback.is_over
    assert not any(block(playback)) and playback.is_over


def test_blocks_larger_than_the_stock_of_silence_are_filled() -> None:
    _, playback = make()
    assert not any(block(playback, 100_000))


def test_volume_changes_without_a_step() -> None:
    _, playback = make(900)
    playback.volume = 0.5
    heard = block(playback, 100)[FADE:]
    assert heard == sorted(heard, reverse=True)
    assert 900 < heard[0] < 1000 and heard[-1] == 500
    assert block(playback) == [500] * 16
    playback.volume = 1.0
    block(playback, 100)
    assert block(playback) == [1000] * 16


def test_device_that_starts_anew_hears_what_was_taken_back() -> None:
    ring, playback = make(100)
    block(playback, 40)
    ring.rewind(12)
    playback.restart()
    before = ring.available
    heard = block(playback, 40)
    assert is_ramp(heard[:FADE], 0, 1000) and heard[FADE:] == [1000] * 32
    assert ring.available == before - 32


def test_callback_makes_no_arrays() -> None:
    import tracemalloc

    ring, playback = make(900)
    playback.volume = 0.7
    out = np.empty(64, np.int16)
    view = out.data.cast("B")
    playback.fill(view)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(10):
            playback.fill(view)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Views and numbers come and go; nothing stays, nothing is as large as a ring.
    assert after - before < 500 and peak - before < 2000
    assert ring.available > 0
