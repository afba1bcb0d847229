"""Owns SpeakerStream: one open PortAudio stream whose calls never hang the caller."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from edge_tts.audio.bounded_caller import BoundedCaller
from edge_tts.audio.portaudio import (
    OPEN_STREAMS,
    OutputDevice,
    load_portaudio,
    quiet_stderr,
)
from edge_tts.errors import SinkError

# A USB card that wakes up takes 1 s; more is a server that died.
_OPEN_TIMEOUT = 5.0
_CLOSE_TIMEOUT = 2.0


class SpeakerStream:
    """16-bit output that asks ``fill`` for every block, from PortAudio's thread.

    Args:
        device: Where to play.
        sample_rate: Rate of the signal, Hz; the device may get another.
        latency: Speech that the device shall hold, s.
        fill: Fills one block and says whether playback is over.
        settings: Rates in Hz and channel counts to try first.

    Raises:
        SinkError: The device refuses or does not answer.
    """

    def __init__(
        self,
        device: OutputDevice,
        sample_rate: int,
        latency: float,
        fill: Callable[[memoryview], bool],
        settings: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.device = device
        self._portaudio = load_portaudio()
        self._fill = fill
        self._caller = BoundedCaller()
        self._ended = threading.Event()
        self.device_underruns = 0
        """Times the device reported that it was served too late."""
        self._block_at = 0.0
        self._block_delay = 0.0
        self._block_frames = 0
        self._is_closed = False
        try:
            self._stream = self._open(
                (*settings, *stream_settings(device, sample_rate)), latency
            )
        except BaseException:
            self._caller.close()
            raise
        self.latency = float(self._stream.latency)
        """What the device's buffer holds, s."""
        OPEN_STREAMS.add()

    @property
    def has_ended(self) -> bool:
        """Whether PortAudio calls no more: playback is over, or the device went."""
        return self._ended.is_set()

    @property
    def is_closed(self) -> bool:
        """Whether the device was given back; nothing can be asked of it any more."""
        return self._is_closed

    def wait_ended(self, seconds: float) -> bool:
        """Wait until it has ended or the time is up; return whether it has."""
        return self._ended.wait(seconds)

    @property
    def num_unheard(self) -> int:
        """Samples, all channels counted, that the device was given and has not played.

        An estimate: on a sound server good to a few ms.
        """
        if not self._block_frames:
            return 0
        since = time.perf_counter() - self._block_at
        pending = self._block_frames / self.sample_rate + self._block_delay - since
        return max(0, int(pending * self.sample_rate)) * self.num_channels

    def start(self) -> None:
        """Begin to call ``fill``; also after ``abort``."""
        self._ended.clear()
        self._block_frames = 0
        try:
            with quiet_stderr():
                self._caller.call(
                    self._stream.start, _OPEN_TIMEOUT, "starting playback"
                )
        except self._portaudio.PortAudioError as error:
            cannot_play(self.device, error)

    def abort(self) -> None:
        """Stop at once and drop what the device holds; never raises."""
        if self._is_closed:
            # Nobody is there to answer the call: it would wait for nothing.
            return
        self._quietly(lambda: self._stream.abort(ignore_errors=True))

    def close(self) -> None:
        """Release the device; never raises."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._quietly(lambda: self._stream.close(ignore_errors=True)):
            OPEN_STREAMS.remove()
        self._caller.close()

    def _quietly(self, function: Callable[[], None]) -> bool:
        try:
            self._caller.call(function, _CLOSE_TIMEOUT, "stopping playback")
        except SinkError:
            # Its sound server is gone; the thread that waits for it is left behind.
            return False
        return True

    def _open(self, settings: tuple[tuple[int, int], ...], latency: float) -> Any:
        errors: list[Exception] = []
        for rate, channels in dict.fromkeys(settings):

            def open_stream(rate: int = rate, channels: int = channels) -> Any:
                return self._portaudio.RawOutputStream(
                    samplerate=rate,
                    channels=channels,
                    dtype="int16",
                    device=self.device.index,
                    latency=latency,
                    callback=self._callback,
                    finished_callback=self._ended.set,
                )

            try:
                with quiet_stderr():
                    stream = self._caller.call(open_stream, _OPEN_TIMEOUT, "opening")
            except self._portaudio.PortAudioError as error:
                errors.append(error)
            else:
                self.sample_rate, self.num_channels = rate, channels
                return stream
        cannot_play(self.device, errors[0])

    def _callback(self, out: Any, num_frames: int, timing: Any, status: Any) -> None:
        late = time.perf_counter() - self._block_at
        # ALSA's way to a sound server tells nobody that the server ran dry.
        if status.output_underflow or (self._block_frames and late > self.latency):
            self.device_underruns += 1
        is_over = self._fill(memoryview(out))
        self._block_delay = timing.outputBufferDacTime - timing.currentTime
        self._block_frames = num_frames
        self._block_at = time.perf_counter()
        if is_over:
            raise self._portaudio.CallbackStop


def stream_settings(
    device: OutputDevice, sample_rate: int
) -> tuple[tuple[int, int], ...]:
    """Return rates in Hz and channel counts to try in order for a mono signal."""
    # Plain cards refuse unusual rates or mono; sound servers take everything.
    return tuple(
        (rate, channels)
        for rate in dict.fromkeys((sample_rate, device.sample_rate, 48_000))
        for channels in (1, 2)
        if channels <= device.num_channels
    )


def cannot_play(device: OutputDevice, error: Exception) -> NoReturn:
    """Raise SinkError with PortAudio's reason."""
    reason = str(error).replace("\n", " ")
    raise SinkError(
        f"cannot play through {device.name!r}: {reason}; choose another with --device "
        "(see `edgetts devices`) or write a file with -o FILE"
    ) from error
