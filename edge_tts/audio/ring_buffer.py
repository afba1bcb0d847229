"""Owns RingBuffer: 16-bit samples from one producer thread to one device callback."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class RingBuffer:
    """Single-producer, single-consumer queue of int16 samples without locks.

    Positions only grow and each has one writer, so the two sides never wait for each
    other; the consumer may be a real-time callback. ``clear`` and ``rewind`` belong to
    the consumer.
    """

    def __init__(self, capacity: int, history: int = 0) -> None:
        """Reserve at least ``capacity`` samples, rounded up to a power of two.

        ``history`` samples that were read are kept for ``rewind``.
        """
        if capacity < 1 or history < 0:
            raise ValueError(
                f"capacity must be positive and history not negative, got {capacity} "
                f"and {history}"
            )
        self._size = 1 << (capacity + history - 1).bit_length()
        self._history = history
        self._capacity = self._size - history
        self._samples = np.zeros(self._size, dtype=np.int16)
        # The callback copies through bytes: slicing a memoryview is cheaper than
        # making numpy arrays of PortAudio's buffers.
        self._bytes = self._samples.data.cast("B")
        self._write_pos = 0
        self._read_pos = 0

    @property
    def capacity(self) -> int:
        """Samples that fit."""
        return self._capacity

    @property
    def available(self) -> int:
        """Samples that can be read."""
        return self._write_pos - self._read_pos

    @property
    def free(self) -> int:
        """Samples that can be written."""
        return max(0, self._capacity - self.available)

    def write(self, samples: npt.NDArray[np.int16]) -> int:
        """Copy as many samples as fit; return how many."""
        count = min(len(samples), self.free)
        start = self._write_pos & (self._size - 1)
        head = min(count, self._size - start)
        self._samples[start : start + head] = samples[:head]
        self._samples[: count - head] = samples[head:count]
        # Published last: the consumer never sees a position before its samples.
        self._write_pos += count
        return count

    def read_into(self, out: memoryview) -> int:
        """Fill ``out`` (bytes, an even number) as far as possible; return samples."""
        count = min(len(out) // 2, self.available)
        start = self._read_pos & (self._size - 1)
        head = min(count, self._size - start)
        out[: 2 * head] = self._bytes[2 * start : 2 * (start + head)]
        if count > head:
            out[2 * head : 2 * count] = self._bytes[: 2 * (count - head)]
        self._read_pos += count
        return count

    def peek(self) -> int:
        """Return the next sample without taking it; there must be one."""
        return int(self._samples[self._read_pos & (self._size - 1)])

    def rewind(self, count: int) -> int:
        """Make the last ``count`` samples readable again; return how many are."""
        count = max(0, min(count, self._history, self._read_pos))
        self._read_pos -= count
        return count

    def clear(self) -> None:
        """Drop what has been written and not read."""
        self._read_pos = self._write_pos
