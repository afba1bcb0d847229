from __future__ import annotations

import sys
import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.audio.ring_buffer import RingBuffer


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=60))
def test_behaves_like_a_queue(operations: list[tuple[bool, int]]) -> None:
    ring = RingBuffer(16)
    queue: list[int] = []
    next_value = 0
    for is_write, count in operations:
        if is_write:
            values = np.arange(next_value, next_value + count).astype(np.int16)
            taken = ring.write(values)
            assert taken == min(count, 16 - len(queue))
            queue += values[:taken].tolist()
            next_value += taken
        else:
            out = np.full(count, -1, dtype=np.int16)
            got = ring.read_into(out.data.cast("B"))
            assert out[:got].tolist() == queue[:got]
            assert got == min(count, len(queue))
            assert (out[got:] == -1).all()
            del queue[:got]
        assert ring.available == len(queue)
        assert ring.free == ring.capacity - len(queue)


def test_two_threads_lose_and_double_nothing() -> None:
    interval = sys.getswitchinterval()
    ring = RingBuffer(256)
    sent = (np.arange(8_000) % 7_013).astype(np.int16)
    received: list[np.ndarray] = []

    def consume() -> None:
        rng = np.random.default_rng(1)
        count = 0
        while count < len(sent):
            out = np.empty(int(rng.integers(1, 200)), dtype=np.int16)
            got = ring.read_into(out.data.cast("B"))
            received.append(out[:got].copy())
            count += got

    consumer = threading.Thread(target=consume)
    # Threads change places 500 times as often as usual.
    sys.setswitchinterval(1e-5)
    try:
        consumer.start()
        position = 0
        while position < len(sent):
            position += ring.write(sent[position : position + 77])
        consumer.join(timeout=30)
    finally:
        sys.setswitchinterval(interval)
    assert np.array_equal(np.concatenate(received), sent)


def test_clear_drops_what_waits() -> None:
    ring = RingBuffer(8)
    ring.write(np.ones(5, np.int16))
    ring.clear()
    assert ring.available == 0
    assert ring.write(np.ones(9, np.int16)) == 8


def test_what_was_read_can_be_read_again() -> None:
    ring = RingBuffer(10, history=6)
    ring.write(np.arange(10, dtype=np.int16))
    out = np.zeros(8, np.int16)
    ring.read_into(out.data.cast("B"))
    assert ring.rewind(2) == 2
    assert ring.peek() == 6 and ring.available == 4
    # Never further than the history, and the producer cannot overwrite it.
    assert ring.write(np.full(20, 99, np.int16)) == ring.capacity - 4
    assert ring.rewind(100) == 6 and ring.peek() == 0
    assert ring.free == 0 and ring.write(np.ones(1, np.int16)) == 0


def test_rewind_stops_at_the_first_sample() -> None:
    ring = RingBuffer(8, history=8)
    ring.write(np.arange(3, dtype=np.int16))
    ring.read_into(np.zeros(2, np.int16).data.cast("B"))
    assert ring.rewind(5) == 2 and ring.available == 3
