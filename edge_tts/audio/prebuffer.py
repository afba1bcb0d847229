"""Owns Prebuffer: how much speech must be ready before playback starts."""

from __future__ import annotations

import math

_LEAST_SECONDS = 0.05
_MOST_SECONDS = 3.0
# Chunks at least double until they are large: the next one takes longer than the last.
_GROWTH = 2.0
_NUM_DEVIATIONS = 3.0
# Above this share of real time one slow chunk can empty the buffer for good.
_COMFORTABLE_RTF = 0.6


class Prebuffer:
    """Derives the start threshold from the speed at which chunks arrive.

    The device takes its own buffer full at once; what remains must cover the gap to the
    next chunk: its length times the real-time factor, and three times the deviation
    from that so far. On a fast machine the least (0.05 s of speech) covers that; near
    real time comes more, since there it is the only reserve.

    Args:
        device_seconds: Speech that the device's buffer holds, s.
        fixed_seconds: Threshold to use instead of a measured one, s.
    """

    def __init__(
        self, device_seconds: float, fixed_seconds: float | None = None
    ) -> None:
        self._device_seconds = device_seconds
        self._fixed_seconds = fixed_seconds
        self._num_chunks = 0
        self._audio_seconds = 0.0
        self._work_seconds = 0.0
        self._longest_chunk = 0.0
        self._sum_audio_audio = 0.0
        self._sum_audio_work = 0.0
        self._sum_work_work = 0.0

    def observe(self, audio_seconds: float, work_seconds: float) -> None:
        """Take note of one chunk and of the time that making it took."""
        self._num_chunks += 1
        self._audio_seconds += audio_seconds
        self._work_seconds += work_seconds
        self._longest_chunk = max(self._longest_chunk, audio_seconds)
        self._sum_audio_audio += audio_seconds * audio_seconds
        self._sum_audio_work += audio_seconds * work_seconds
        self._sum_work_work += work_seconds * work_seconds

    @property
    def rtf(self) -> float:
        """Work per second of speech so far; 0 before the first speech."""
        return self._work_seconds / self._audio_seconds if self._audio_seconds else 0.0

    @property
    def jitter_seconds(self) -> float:
        """Standard deviation of a chunk's work from its length times ``rtf``, s."""
        if self._num_chunks < 2:
            return 0.0
        squares = (
            self._sum_work_work
            - 2.0 * self.rtf * self._sum_audio_work
            + self.rtf * self.rtf * self._sum_audio_audio
        )
        return math.sqrt(max(0.0, squares) / (self._num_chunks - 1))

    @property
    def seconds(self) -> float:
        """Speech to collect before the first or the next start, s."""
        if self._fixed_seconds is not None:
            return self._fixed_seconds
        needed = self.rtf * _GROWTH * self._longest_chunk
        needed += _NUM_DEVIATIONS * self.jitter_seconds
        needed += max(0.0, self.rtf - _COMFORTABLE_RTF) * _MOST_SECONDS
        return self._device_seconds + min(_MOST_SECONDS, max(_LEAST_SECONDS, needed))
