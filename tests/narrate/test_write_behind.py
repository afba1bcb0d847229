"""Blocks reach the encoder in order; its errors reach the caller."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.narrate.write_behind import MAX_BLOCKS, WriteBehind


def _block(value: int) -> NDArray[np.float32]:
    return np.full(3, value, np.float32)


def test_blocks_keep_their_order() -> None:
    seen: list[int] = []

    def slow(block: NDArray[np.float32]) -> None:
        time.sleep(0.001)
        seen.append(int(block[0]))

    behind = WriteBehind(slow)
    for value in range(50):
        behind.write(_block(value))
    behind.finish()
    assert seen == list(range(50))


def test_no_more_than_a_few_blocks_wait() -> None:
    go = threading.Event()
    behind = WriteBehind(lambda block: go.wait(10) and None)
    written = []

    def feed() -> None:
        for value in range(20):
            behind.write(_block(value))
            written.append(value)

    feeder = threading.Thread(target=feed)
    feeder.start()
    time.sleep(0.2)
    assert len(written) <= MAX_BLOCKS + 1
    go.set()
    feeder.join(10)
    behind.finish()
    assert len(written) == 20


def test_an_error_is_raised_and_nothing_hangs() -> None:
    def full(block: NDArray[np.float32]) -> None:
        raise OSError(28, "No space left on device")

    behind = WriteBehind(full)
    with pytest.raises(OSError, match="No space left"):
        for value in range(100):
            behind.write(_block(value))
        behind.finish()
    with pytest.raises(OSError, match="No space left"):
        behind.finish()
    behind.close()
