"""Owns SpeakerSink: speech through a sound card or sound server."""

from __future__ import annotations

import math
import threading
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.format import AudioFormat
from edge_tts.audio.pcm import pcm16_from_float
from edge_tts.audio.playback import Playback
from edge_tts.audio.portaudio import (
    OutputDevice,
    find_output_device,
    load_portaudio,
    quiet_stderr,
)
from edge_tts.audio.prebuffer import Prebuffer
from edge_tts.audio.resampler import Resampler
from edge_tts.audio.ring_buffer import RingBuffer
from edge_tts.errors import SinkError

_RING_SECONDS = 5.0
_FADE_SECONDS = 0.005
# What the device holds; with 0.1 s a PulseAudio sink ran dry on a machine with five
# busy programs per core, and a cancel is heard only after it.
_LATENCY_SECONDS = 0.2
# A sound server that wakes up swallowed 35 to 47 ms of what it was given first.
_LEAD_SECONDS = 0.06
_POLL_SECONDS = 0.01
_STALL_SECONDS = 3.0


class SpeakerSink:
    """Play through PortAudio from a ring buffer that is filled off its callback.

    Args:
        device: Number or part of the name of a device; None for the default one.
        prebuffer_seconds: Speech to collect before it starts; None measures.

    Raises:
        SinkError: PortAudio is missing, no such device, the device went away.
    """

    def __init__(
        self, device: str | None = None, prebuffer_seconds: float | None = None
    ) -> None:
        self._wanted = device
        self._prebuffer_seconds = prebuffer_seconds
        self._stream: Any = None
        self._started = False
        self._finished = threading.Event()
        self._underruns = 0

    @property
    def underruns(self) -> int:
        """Gaps because the ring was empty or the device was served too late."""
        return self._underruns

    @property
    def buffered_seconds(self) -> float:
        """Speech in the ring that the device has not taken yet, s."""
        if self._stream is None:
            return 0.0
        return self._ring.available / (self._num_channels * self._sample_rate)

    @property
    def lead_seconds(self) -> float | None:
        """Speech in reserve, s; None while nothing is being heard."""
        return self.buffered_seconds if self._started else None

    def open(self, format: AudioFormat) -> None:
        """Open the device; sound starts when enough speech has been written."""
        if format.num_channels != 1:
            raise SinkError(
                f"the speaker plays mono voices, got {format.num_channels} channels"
            )
        self._portaudio = load_portaudio()
        self._device = find_output_device(self._wanted)
        self._finished.clear()
        self._started = False
        self._has_lead = False
        self._open_stream(format.sample_rate)
        samples_per_second = self._sample_rate * self._num_channels
        self._ring = RingBuffer(int(_RING_SECONDS * samples_per_second))
        device_seconds = float(self._stream.latency)
        self._prebuffer = Prebuffer(device_seconds, self._prebuffer_seconds)
        self._playback = Playback(
            self._ring,
            fade_samples=int(_FADE_SECONDS * samples_per_second),
            tail_samples=math.ceil(device_seconds * samples_per_second),
        )
        self._resampler = (
            None
            if self._sample_rate == format.sample_rate
            else Resampler(format.sample_rate, self._sample_rate)
        )
        self._idle_since: float | None = time.perf_counter()

    def write(self, chunk: AudioChunk) -> None:
        """Queue one chunk; blocks while the ring is full."""
        if self._idle_since is not None:
            work_seconds = time.perf_counter() - self._idle_since
            self._prebuffer.observe(chunk.seconds, work_seconds)
        samples = chunk.samples
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        self._queue(samples)
        self._idle_since = time.perf_counter()

    def flush(self) -> None:
        """Play what is queued although less than the reserve."""
        self._playback.gap_expected = True
        # Waiting for text says nothing about the speed of synthesis.
        self._idle_since = None
        self._release()

    def drain(self) -> None:
        """Play everything queued and return when it has been heard."""
        if self._resampler is not None:
            self._queue(self._resampler.flush())
        self._playback.ending = True
        self._release()
        deadline = time.monotonic() + self.buffered_seconds + _STALL_SECONDS
        while self._started and not self._finished.wait(_POLL_SECONDS):
            if time.monotonic() > deadline:
                raise self._stalled()
        self.close()

    def abort(self) -> None:
        """Fade out within 5 ms of signal, stop and drop what is queued."""
        if self._stream is not None and self._started:
            self._playback.cancelled = True
            # What the device has taken already still sounds; then the fade.
            self._finished.wait(2 * self._stream.latency + 0.1)
        self.close()

    def close(self) -> None:
        """Release the device."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        playback = self._playback
        self._underruns = playback.underruns + playback.device_underruns
        stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)

    def _queue(self, samples: npt.NDArray[np.float32]) -> None:
        pcm = pcm16_from_float(samples)
        if self._num_channels > 1:
            pcm = np.repeat(pcm, self._num_channels)
        if len(pcm) and not self._has_lead:
            self._has_lead = True
            num_lead = int(_LEAD_SECONDS * self._sample_rate) * self._num_channels
            self._ring.write(np.zeros(num_lead, dtype=np.int16))
        self._playback.gap_expected = False
        last_progress = time.monotonic()
        while len(pcm):
            count = self._ring.write(pcm)
            pcm = pcm[count:]
            if self.buffered_seconds >= self._prebuffer.seconds or len(pcm):
                self._release()
            self._underruns = self._playback.underruns + self._playback.device_underruns
            if count:
                last_progress = time.monotonic()
            elif time.monotonic() - last_progress > _STALL_SECONDS:
                raise self._stalled()
            if len(pcm):
                time.sleep(_POLL_SECONDS)
        if self._started and self._finished.is_set():
            raise self._stalled()

    def _release(self) -> None:
        if self._ring.available:
            self._playback.held = False
        if not self._started and self._ring.available:
            try:
                self._stream.start()
            except self._portaudio.PortAudioError as error:
                raise _cannot_play(self._device, error) from error
            self._started = True

    def _open_stream(self, sample_rate: int) -> None:
        errors: list[Exception] = []
        for rate, channels in stream_settings(self._device, sample_rate):
            try:
                with quiet_stderr():
                    self._stream = self._portaudio.RawOutputStream(
                        samplerate=rate,
                        channels=channels,
                        dtype="int16",
                        device=self._device.index,
                        latency=_LATENCY_SECONDS,
                        callback=self._callback,
                        finished_callback=self._finished.set,
                    )
            except self._portaudio.PortAudioError as error:
                errors.append(error)
            else:
                self._sample_rate, self._num_channels = rate, channels
                return
        raise _cannot_play(self._device, errors[0])

    def _callback(self, out: Any, num_frames: int, timing: Any, status: Any) -> None:
        if status.output_underflow:
            self._playback.device_underruns += 1
        if self._playback.fill(memoryview(out)):
            raise self._portaudio.CallbackStop

    def _stalled(self) -> SinkError:
        return SinkError(
            f"audio device {self._device.name!r} stopped taking samples: "
            "choose another with --device (see `edgetts devices`)"
        )


def stream_settings(device: OutputDevice, sample_rate: int) -> list[tuple[int, int]]:
    """Return rates in Hz and channel counts to try in order for a mono signal."""
    # Plain cards refuse unusual rates or mono; sound servers take everything.
    return [
        (rate, channels)
        for rate in dict.fromkeys((sample_rate, device.sample_rate, 48_000))
        for channels in (1, 2)
        if channels <= device.num_channels
    ]


def _cannot_play(device: OutputDevice, error: Exception) -> SinkError:
    reason = str(error).replace("\n", " ")
    return SinkError(
        f"cannot play through {device.name!r}: {reason}; choose another with --device "
        "(see `edgetts devices`) or write a file with -o FILE"
    )
