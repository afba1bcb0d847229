"""Owns Playback: what the device callback does, and nothing that could block it."""

from __future__ import annotations

import numpy as np

from edge_tts.audio.ring_buffer import RingBuffer

_LARGEST_BLOCK_NBYTES = 1 << 16


class Playback:
    """Moves samples from a ring buffer into the device's buffers.

    The producer sets flags, the callback thread reads them; each flag has one writer
    at a time and no lock exists. While ``held`` the device gets silence.
    """

    def __init__(self, ring: RingBuffer, fade_samples: int, tail_samples: int) -> None:
        """Fade over ``fade_samples`` on cancel, end with ``tail_samples`` of silence.

        PortAudio drops what the device still holds when a stream ends (its ALSA part
        never drains), hence the tail: it pushes the last sample out.
        """
        self._tail_samples = tail_samples
        self._ring = ring
        self._silence = bytes(_LARGEST_BLOCK_NBYTES)
        self._fade = np.linspace(1.0, 0.0, fade_samples, dtype=np.float32)
        self.held = True
        """Set by the callback when it ran empty, cleared by the producer."""
        self.gap_expected = False
        """The text itself pauses: running empty is no underrun."""
        self.ending = False
        """Nothing follows what is in the ring."""
        self.cancelled = False
        """Fade out now and stop."""
        self.underruns = 0
        """Times the ring was empty while speech was due."""
        self.device_underruns = 0
        """Times the device reported that it was served too late."""

    def fill(self, out: memoryview) -> bool:
        """Fill one block of 16-bit samples; return whether playback is over."""
        start = self._copy(out)
        self._fill_silence(out, start)
        if not (self.cancelled or (self.ending and self._ring.available == 0)):
            return False
        self._tail_samples -= (len(out) - start) // 2
        return self._tail_samples <= 0

    def _copy(self, out: memoryview) -> int:
        """Copy what is due into ``out``; return the bytes used."""
        if self.held:
            return 0
        if self.cancelled:
            self.held = True
            return self._fade_out(out)
        count = 2 * self._ring.read_into(out)
        if count < len(out) and not self.ending:
            # Wait for a new reserve instead of stuttering from chunk to chunk.
            self.held = True
            if not self.gap_expected:
                self.underruns += 1
        return count

    def _fill_silence(self, out: memoryview, start: int) -> None:
        while start < len(out):
            count = min(len(out) - start, len(self._silence))
            out[start : start + count] = self._silence[:count]
            start += count

    def _fade_out(self, out: memoryview) -> int:
        count = self._ring.read_into(out[: 2 * len(self._fade)])
        samples = np.frombuffer(out, dtype=np.int16, count=count)
        samples[:] = (samples * self._fade[:count]).astype(np.int16)
        return 2 * count
