"""Owns Playback: what the device callback does, and nothing that could block it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge_tts.audio.ring_buffer import RingBuffer

_LARGEST_BLOCK = 1 << 14

_SILENT, _RISING, _PLAYING, _FALLING, _FADING = range(5)


class Playback:
    """Moves samples from a ring buffer into the device's buffers.

    The producer sets flags, the callback thread reads them; each flag has one writer
    at a time and no lock exists. While ``held`` the device gets silence.

    Speech is not altered: where it starts from silence or ends in it, a ramp to its
    first and from its last sample is put into the silence. Only a cancel fades the
    speech itself. Channels are copies of one signal.

    Args:
        ring: Interleaved samples.
        fade_samples: Length of each ramp, all channels counted.
        tail_samples: Silence after the end. PortAudio drops what the device still
            holds when a stream ends (its ALSA part never drains), hence the tail: it
            pushes the last sample out.
    """

    def __init__(self, ring: RingBuffer, fade_samples: int, tail_samples: int) -> None:
        self._ring = ring
        self._tail_samples = tail_samples
        # Everything the callback needs is made here; it allocates no arrays.
        self._silence = bytes(2 * _LARGEST_BLOCK)
        self._fall = np.linspace(1.0, 0.0, fade_samples, dtype=np.float32)
        self._rise = self._fall[::-1].copy()
        self._steps = np.arange(1, _LARGEST_BLOCK + 1, dtype=np.float32)
        self._scratch = np.empty(max(_LARGEST_BLOCK, fade_samples), dtype=np.float32)
        self._phase = _SILENT
        self._ramp_pos = 0
        self._edge = 0
        self._gain = 1.0
        self.held = True
        """Set by the callback when it ran empty, cleared by the producer."""
        self.gap_expected = False
        """The text itself pauses: running empty is no underrun."""
        self.ending = False
        """Nothing follows what is in the ring."""
        self.cancelled = False
        """Fade out now and stop."""
        self.volume = 1.0
        """Factor on every sample, 0 to 1; a change is spread over one block."""
        self.underruns = 0
        """Times the ring was empty while speech was due."""
        self.device_underruns = 0
        """Times the device reported that it was served too late."""
        self.num_blocks = 0
        """Blocks filled so far: the device is alive while this grows."""
        self.is_over = False
        """Everything was handed to the device, and silence after it."""
        self.trailing_silence = 0
        """Samples of silence after the last sample that came from the ring."""

    def fill(self, out: memoryview) -> bool:
        """Fill one block of 16-bit samples; return whether playback is over."""
        self.num_blocks += 1
        position = 0
        while position < len(out):
            position += 2 * self._step(out[position:])
        if self.volume != 1.0 or self._gain != 1.0:
            self._attenuate(np.frombuffer(out, dtype=np.int16))
        return self.is_over

    def restart(self) -> None:
        """Begin from silence again; for a device that was stopped and starts anew."""
        self._phase = _SILENT
        self.trailing_silence = 0
        self.held = False

    def _step(self, out: memoryview) -> int:
        """Write the start of ``out``; return the samples written."""
        if self._phase == _PLAYING:
            return self._play(out)
        if self._phase in (_RISING, _FALLING):
            return self._ramp(out)
        if self._phase == _FADING:
            return self._fade_out(out)
        if not (self.held or self.cancelled) and self._ring.available:
            self._edge = self._ring.peek()
            self._begin(_RISING if self._edge else _PLAYING)
            return 0
        count = min(len(out) // 2, _LARGEST_BLOCK)
        out[: 2 * count] = self._silence[: 2 * count]
        self.trailing_silence += count
        if self.cancelled or (self.ending and not self._ring.available):
            self._tail_samples -= count
            self.is_over = self._tail_samples <= 0
        return count

    def _play(self, out: memoryview) -> int:
        if self.cancelled:
            self.held = True
            self._begin(_FADING)
            return 0
        count = self._ring.read_into(out)
        if count:
            self._edge = int.from_bytes(out[2 * count - 2 : 2 * count], "little")
            self._edge -= (self._edge & 0x8000) << 1
            self.trailing_silence = 0
        if 2 * count < len(out):
            if not self.ending:
                # Wait for a new reserve instead of stuttering from chunk to chunk.
                self.held = True
                if not self.gap_expected:
                    self.underruns += 1
            self._begin(_FALLING if self._edge else _SILENT)
        return count

    def _begin(self, phase: int) -> None:
        self._phase, self._ramp_pos = phase, 0

    def _ramp(self, out: memoryview) -> int:
        is_rising = self._phase == _RISING
        curve = self._rise if is_rising else self._fall
        count = min(len(out) // 2, len(curve) - self._ramp_pos)
        part = curve[self._ramp_pos : self._ramp_pos + count]
        self._put(out, np.multiply(part, self._edge, out=self._scratch[:count]))
        self._ramp_pos += count
        self.trailing_silence += count
        if self._ramp_pos == len(curve):
            self._begin(_PLAYING if is_rising else _SILENT)
        return count

    def _fade_out(self, out: memoryview) -> int:
        """Fade speech that goes on; a block may be shorter than the fade."""
        curve = self._fall[self._ramp_pos :]
        count = self._ring.read_into(out[: 2 * len(curve)])
        samples = np.frombuffer(out, dtype=np.int16, count=count)
        faded = np.multiply(samples, curve[:count], out=self._scratch[:count])
        self._put(out, faded)
        self._ramp_pos += count
        if count == len(curve) or 2 * count < len(out):
            self._begin(_SILENT)
        return count

    def _attenuate(self, samples: npt.NDArray[np.int16]) -> None:
        step = (self.volume - self._gain) / len(samples)
        for start in range(0, len(samples), _LARGEST_BLOCK):
            part = samples[start : start + _LARGEST_BLOCK]
            scratch = self._scratch[: len(part)]
            np.multiply(self._steps[: len(part)], step, out=scratch)
            scratch += self._gain
            self._gain += step * len(part)
            scratch *= part
            np.rint(scratch, out=scratch)
            np.copyto(part, scratch, casting="unsafe")
        self._gain = self.volume

    @staticmethod
    def _put(out: memoryview, samples: npt.NDArray[np.float32]) -> None:
        target = np.frombuffer(out, dtype=np.int16, count=len(samples))
        np.copyto(target, samples, casting="unsafe")
