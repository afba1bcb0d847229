"""Owns SpeakerSink: speech through a sound card or sound server."""

from __future__ import annotations

import math
import threading
import time

import numpy as np
import numpy.typing as npt

from edge_tts.audio.chunk import AudioChunk
from edge_tts.audio.format import AudioFormat
from edge_tts.audio.pcm import pcm16_from_float
from edge_tts.audio.playback import Playback
from edge_tts.audio.portaudio import find_output_device
from edge_tts.audio.prebuffer import Prebuffer
from edge_tts.audio.resampler import Resampler
from edge_tts.audio.ring_buffer import RingBuffer
from edge_tts.audio.speaker_recovery import SpeakerRecovery
from edge_tts.audio.speaker_stream import SpeakerStream
from edge_tts.errors import SinkError

_RING_SECONDS = 5.0
_HISTORY_SECONDS = 1.0
_FADE_SECONDS = 0.005
# What the device holds; with 0.1 s a PulseAudio sink ran dry on a machine with five
# busy programs per core. A cancel drops it, so it does not delay silence.
_LATENCY_SECONDS = 0.25
# Sound servers drop more than PortAudio knows of when a stream ends: 5 to 10 ms, up to
# 55 on a machine with eight busy programs per core.
_TAIL_SECONDS = 0.15
# A sound server that wakes up swallowed 35 to 47 ms of what it was given first.
_LEAD_SECONDS = 0.06
_POLL_SECONDS = 0.01
# Counted in polls, not read off a clock: a process that was suspended stalls nothing.
_STALL_POLLS = 1500


class SpeakerSink:
    """Play through PortAudio from a ring buffer that is filled off its callback.

    A device that goes away or stops taking samples is opened again, or the default
    one where none was named, and speech goes on where it was. ``write``, ``flush``
    and ``drain`` belong to one thread; ``abort``, ``pause``, ``resume`` and ``volume``
    to any.

    Args:
        device: Number or part of the name of a device; None for the default one.
        prebuffer_seconds: Speech to collect before it starts; None measures.
        latency_seconds: Speech that the device holds.
        reconnect_seconds: How long to look for a device that went away.

    Raises:
        SinkError: PortAudio is missing, no such device, the device went for good.
    """

    def __init__(
        self,
        device: str | None = None,
        prebuffer_seconds: float | None = None,
        latency_seconds: float = _LATENCY_SECONDS,
        reconnect_seconds: float = 10.0,
    ) -> None:
        self._wanted = device
        self._prebuffer_seconds = prebuffer_seconds
        self._latency_seconds = latency_seconds
        self._reconnect_seconds = reconnect_seconds
        self._volume = 1.0
        self._underruns = 0
        self._stream: SpeakerStream | None = None
        self._recovery = SpeakerRecovery(self, reconnect_seconds)
        self._started = self._paused = False
        # Guards the stream and the producer's end of the ring, never held for long
        # and never taken by the callback.
        self._lock = threading.RLock()

    @property
    def underruns(self) -> int:
        """Gaps because the ring was empty or the device was served too late."""
        return self._underruns

    @property
    def reopens(self) -> int:
        """Times the device went away and was opened again."""
        return self._recovery.num_reopens

    @property
    def device_name(self) -> str:
        """Name of the device that plays now."""
        return self._device.name

    @property
    def buffered_seconds(self) -> float:
        """Speech in the ring that the device has not taken yet, s."""
        if self._stream is None:
            return 0.0
        return self._ring.available / (self._num_channels * self._sample_rate)

    @property
    def reserve_seconds(self) -> float:
        """Speech to collect before playback starts, the device's buffer included, s."""
        return self._prebuffer.seconds

    @property
    def lead_seconds(self) -> float | None:
        """Speech in reserve, s; None while nothing is being heard."""
        return self.buffered_seconds if self._started else None

    @property
    def volume(self) -> float:
        """Factor on what is heard, 0 to 1; heard after the device's latency."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        if not 0.0 <= volume <= 1.0:
            raise SinkError(f"expected a volume from 0 to 1, got {volume}")
        self._volume = volume
        if self._stream is not None:
            self._playback.volume = volume

    def open(self, format: AudioFormat) -> None:
        """Open the device; sound starts when enough speech has been written."""
        if format.num_channels != 1:
            raise SinkError(
                f"the speaker plays mono voices, got {format.num_channels} channels"
            )
        self._format = format
        self._started = self._paused = self._has_lead = self._aborted = False
        self._device = find_output_device(self._wanted)
        stream = SpeakerStream(
            self._device, format.sample_rate, self._latency_seconds, self._fill
        )
        self._prebuffer = Prebuffer(stream.latency, self._prebuffer_seconds)
        self._adopt(stream)
        self._idle_since: float | None = time.perf_counter()
        self._recovery = SpeakerRecovery(self, self._reconnect_seconds)
        self._recovery.start()

    def write(self, chunk: AudioChunk) -> None:
        """Queue one chunk; blocks while the ring is full or playback pauses."""
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
        idle_polls, before = 0, (-1, -1)
        while self._started and not self._aborted:
            stream = self._stream
            if stream is None:
                break
            if self._playback.is_over and stream.wait_ended(_POLL_SECONDS):
                break
            time.sleep(_POLL_SECONDS)
            now = (self._ring.available, self._playback.num_blocks)
            idle_polls = 0 if now != before or self._paused else idle_polls + 1
            before = now
            self._check(idle_polls)
        self.close()

    def abort(self) -> None:
        """Silence at once; drop what is queued and what the device holds.

        Takes a few ms; waiting for a fade behind what the device holds took 200.
        """
        stream = self._stream
        self._aborted = True
        if stream is not None and self._started:
            self._playback.cancelled = True
            stream.abort()
        self.close()

    def pause(self) -> None:
        """Silence at once; what was not heard stays for ``resume``."""
        with self._lock:
            if self._stream is None or self._paused:
                return
            self._paused = True
            # A device that is gone was stopped already, and rewound.
            is_there = not self._stream.is_closed
            if self._started and is_there and not self._playback.is_over:
                unheard = self._stream.num_unheard
                self._stream.abort()
                self._rewind(unheard)

    def resume(self) -> None:
        """Go on where ``pause`` stopped."""
        with self._lock:
            if self._stream is None or not self._paused:
                return
            self._paused = False
            if self._stream.is_closed:
                # Whoever brings the device back starts it.
                return
            if self._started and not self._playback.is_over:
                self._playback.restart()
                self._stream.start()

    def close(self) -> None:
        """Release the device."""
        with self._lock:
            stream, self._stream = self._stream, None
            if stream is None:
                return
            self._count_underruns(stream)
        self._recovery.stop()
        if not stream.has_ended:
            stream.abort()
        stream.close()

    # What follows is for SpeakerRecovery and for this class.

    @property
    def stream_progress(self) -> tuple[SpeakerStream, int] | None:
        """The stream and its blocks so far; None when none has to move."""
        with self._lock:
            stream = self._stream
            if stream is None or not self._started or self._paused:
                return None
            if self._playback.is_over:
                return None
            return stream, self._playback.num_blocks

    def lose(self, stream: SpeakerStream) -> None:
        """The device is gone: take back what it cannot have played."""
        unheard = stream.num_unheard
        stream.close()
        with self._lock:
            self._rewind(unheard)

    def regain(self) -> bool:
        """Try once to open the device and go on; False when it is not there."""
        try:
            device = find_output_device(self._wanted)
            stream = SpeakerStream(
                device,
                self._format.sample_rate,
                self._latency_seconds,
                self._fill,
                ((self._sample_rate, self._num_channels),),
            )
        except SinkError:
            return False
        with self._lock:
            old = self._stream
            if old is None or self._aborted:
                stream.close()
                return True
            self._count_underruns(old)
            self._device = device
            self._adopt(stream)
            self._playback.restart()
            if self._paused:
                return True
            try:
                stream.start()
            except SinkError:
                stream.close()
                return False
            return True

    def _adopt(self, stream: SpeakerStream) -> None:
        """Play through ``stream`` from now on what the ring holds."""
        rate, channels = stream.sample_rate, stream.num_channels
        if self._stream is None:
            self._sample_rate, self._num_channels = rate, channels
            self._make_ring(stream)
        elif (rate, channels) != (self._sample_rate, self._num_channels):
            waiting = np.empty(self._ring.available, np.int16)
            self._ring.read_into(waiting.data.cast("B"))
            samples = waiting[:: self._num_channels] / np.float32(32768)
            if rate != self._sample_rate:
                converter = Resampler(self._sample_rate, rate)
                samples = np.concatenate(
                    (converter.process(samples), converter.flush())
                )
            before = self._playback
            self._sample_rate, self._num_channels = rate, channels
            self._make_ring(stream)
            self._playback.ending = before.ending
            self._playback.gap_expected = before.gap_expected
            self._playback.underruns = before.underruns
            self._ring.write(np.repeat(pcm16_from_float(samples), channels))
        self._stream = stream

    def _make_ring(self, stream: SpeakerStream) -> None:
        per_second = self._sample_rate * self._num_channels
        ring = RingBuffer(
            int(_RING_SECONDS * per_second), int(_HISTORY_SECONDS * per_second)
        )
        fade_samples = int(_FADE_SECONDS * self._sample_rate) * self._num_channels
        tail_samples = math.ceil((stream.latency + _TAIL_SECONDS) * per_second)
        self._playback = Playback(ring, fade_samples, tail_samples)
        self._playback.volume = self._volume
        self._ring = ring
        self._resampler = (
            None
            if self._sample_rate == self._format.sample_rate
            else Resampler(self._format.sample_rate, self._sample_rate)
        )

    def _fill(self, out: memoryview) -> bool:
        return self._playback.fill(out)

    def _queue(self, samples: npt.NDArray[np.float32]) -> None:
        pcm = pcm16_from_float(samples)
        if len(pcm) and not self._has_lead:
            self._has_lead = True
            pcm = np.concatenate((self._lead(int(pcm[0])), pcm))
        self._playback.gap_expected = False
        idle_polls = 0
        while len(pcm) and not self._aborted:
            with self._lock:
                # Another device may want another number of channels from now on.
                channels = self._num_channels
                count = self._ring.write(np.repeat(pcm, channels)) // channels
            pcm = pcm[count:]
            if self.buffered_seconds >= self._prebuffer.seconds or len(pcm):
                self._release()
            if self._stream is not None:
                self._count_underruns(self._stream)
            idle_polls = 0 if count or self._paused else idle_polls + 1
            self._check(idle_polls)
            if len(pcm):
                time.sleep(_POLL_SECONDS)
        self._check(0)

    def _lead(self, first_sample: int) -> npt.NDArray[np.int16]:
        """Silence before the first sample that rises to it in the end."""
        lead = np.zeros(int(_LEAD_SECONDS * self._sample_rate), dtype=np.int16)
        num_fade = int(_FADE_SECONDS * self._sample_rate)
        lead[-num_fade:] = np.linspace(0.0, first_sample, num_fade, endpoint=False)
        return lead

    def _release(self) -> None:
        with self._lock:
            if self._stream is None or not self._ring.available:
                return
            self._playback.held = False
            if not self._started and not self._paused:
                self._stream.start()
                self._started = True

    def _rewind(self, num_unheard: int) -> None:
        # Whole frames; what the device held after the last sample was silence.
        count = num_unheard - self._playback.trailing_silence
        self._ring.rewind(count - count % self._num_channels)

    def _count_underruns(self, stream: SpeakerStream) -> None:
        playback = self._playback
        playback.device_underruns += stream.device_underruns
        stream.device_underruns = 0
        self._underruns = playback.underruns + playback.device_underruns

    def _check(self, idle_polls: int) -> None:
        if self._recovery.has_failed or idle_polls > _STALL_POLLS:
            raise SinkError(
                f"audio device {self._device.name!r} stopped taking samples: "
                "choose another with --device (see `edgetts devices`)"
            )
