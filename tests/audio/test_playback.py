from __future__ import annotations

import numpy as np

from edge_tts.audio.playback import Playback
from edge_tts.audio.ring_buffer import RingBuffer


def make(samples: int = 0) -> tuple[RingBuffer, Playback]:
    ring = RingBuffer(1024)
    ring.write(np.full(samples, 1000, np.int16))
    return ring, Playback(ring, fade_samples=8, tail_samples=20)


def block(playback: Playback, size: int = 16) -> tuple[list[int], bool]:
    out = np.full(size, 77, dtype=np.int16)
    is_over = playback.fill(out.data.cast("B"))
    return out.tolist(), is_over


def test_held_playback_is_silent_and_keeps_the_samples() -> None:
    ring, playback = make(20)
    assert block(playback) == ([0] * 16, False)
    assert ring.available == 20 and playback.underruns == 0


def test_running_empty_counts_once_and_waits_for_a_new_reserve() -> None:
    ring, playback = make(20)
    playback.held = False
    assert block(playback) == ([1000] * 16, False)
    assert block(playback) == ([1000] * 4 + [0] * 12, False)
    ring.write(np.full(3, 5, np.int16))
    assert block(playback) == ([0] * 16, False)
    assert playback.underruns == 1 and ring.available == 3


def test_pause_of_the_text_is_no_underrun() -> None:
    _, playback = make(4)
    playback.held, playback.gap_expected = False, True
    block(playback)
    assert playback.held and playback.underruns == 0


def test_end_pushes_the_last_sample_out_of_the_device() -> None:
    _, playback = make(20)
    playback.held, playback.ending = False, True
    assert block(playback) == ([1000] * 16, False)
    assert block(playback) == ([1000] * 4 + [0] * 12, False)
    # 12 samples of the tail of 20 are in the block before.
    assert block(playback) == ([0] * 16, True)
    assert playback.underruns == 0


def test_end_on_a_block_border_loses_nothing() -> None:
    _, playback = make(16)
    playback.held, playback.ending = False, True
    assert block(playback) == ([1000] * 16, False)
    assert block(playback) == ([0] * 16, False)
    assert block(playback) == ([0] * 16, True)


def test_cancel_fades_out_and_stops() -> None:
    _, playback = make(200)
    playback.held = False
    block(playback)
    playback.cancelled = True
    samples, is_over = block(playback)
    assert not is_over
    assert samples[0] == 1000 and samples[7:] == [0] * 9
    assert samples[:8] == sorted(samples[:8], reverse=True)
    assert block(playback) == ([0] * 16, True)


def test_cancel_while_held_is_silence() -> None:
    _, playback = make(200)
    playback.cancelled = True
    assert block(playback) == ([0] * 16, False)
    assert block(playback) == ([0] * 16, True)


def test_blocks_larger_than_the_stock_of_silence_are_filled() -> None:
    _, playback = make()
    samples, _ = block(playback, 100_000)
    assert not any(samples)
