"""Owns SpeakerRecovery: notices that a device went away, and brings one back."""

from __future__ import annotations

import threading
from typing import Protocol

from edge_tts.audio.portaudio import OPEN_STREAMS
from edge_tts.audio.speaker_stream import SpeakerStream

_POLL_SECONDS = 0.05
_RETRY_SECONDS = 0.25
# Devices call at least every 0.2 s; a busy machine may delay them.
_STALL_SECONDS = 1.5


class Recoverable(Protocol):
    """A sink that plays through one stream at a time."""

    @property
    def stream_progress(self) -> tuple[SpeakerStream, int] | None:
        """The stream and its blocks so far; None when none has to move."""
        ...

    def lose(self, stream: SpeakerStream) -> None:
        """The device is gone."""
        ...

    def regain(self) -> bool:
        """Try once to open it again."""
        ...


class SpeakerRecovery:
    """Watches the progress of a sink's callback from a thread of its own.

    Times are counted in polls: a process that was suspended for a while has lost no
    device.

    Args:
        sink: Whose stream to watch.
        reconnect_seconds: How long to look for a device.
    """

    def __init__(self, sink: Recoverable, reconnect_seconds: float) -> None:
        self._sink = sink
        self._reconnect_seconds = reconnect_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, name="edge-audio watchdog", daemon=True
        )
        self.num_reopens = 0
        """Times a device was opened again."""
        self.has_failed = False
        """No device came back in time."""

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; does not wait."""
        self._stopping.set()

    def _watch(self) -> None:
        last: tuple[SpeakerStream, int] | None = None
        idle_polls = 0
        while not self._stopping.wait(_POLL_SECONDS):
            now = self._sink.stream_progress
            is_idle = now is not None and now == last
            idle_polls = idle_polls + 1 if is_idle else 0
            last = now
            if now is None:
                continue
            if now[0].has_ended or idle_polls * _POLL_SECONDS > _STALL_SECONDS:
                # Asked again: playback may have ended between the two looks.
                if self._sink.stream_progress != now:
                    continue
                self._sink.lose(now[0])
                self._bring_back()
                if self.has_failed:
                    return
                last, idle_polls = None, 0

    def _bring_back(self) -> None:
        for _ in range(int(self._reconnect_seconds / _RETRY_SECONDS) + 1):
            OPEN_STREAMS.rescan()
            if self._sink.regain():
                self.num_reopens += 1
                return
            if self._stopping.wait(_RETRY_SECONDS):
                return
        self.has_failed = True
