"""Owns Prebuffer: how much speech must be ready before playback starts."""

from __future__ import annotations

_LEAST_SECONDS = 0.1
_MOST_SECONDS = 3.0
_GAP_MARGIN = 2.0
# Above this share of real time one slow chunk can empty the buffer for good.
_COMFORTABLE_RTF = 0.6


class Prebuffer:
    """Derives the start threshold from the speed at which chunks arrive.

    The device takes its own buffer full at once; what remains must cover the gap to the
    next chunk. On a fast machine that is 0.1 s of speech, on a slower one twice the
    longest gap so far, and near real time more, since there it is the only reserve.

    Args:
        device_seconds: Speech that the device's buffer holds, s.
        fixed_seconds: Threshold to use instead of a measured one, s.
    """

    def __init__(
        self, device_seconds: float, fixed_seconds: float | None = None
    ) -> None:
        self._device_seconds = device_seconds
        self._fixed_seconds = fixed_seconds
        self._longest_gap = 0.0
        self._work_seconds = 0.0
        self._audio_seconds = 0.0

    def observe(self, audio_seconds: float, work_seconds: float) -> None:
        """Take note of one chunk and of the time that making it took."""
        self._audio_seconds += audio_seconds
        self._work_seconds += work_seconds
        self._longest_gap = max(self._longest_gap, work_seconds)

    @property
    def seconds(self) -> float:
        """Speech to collect before the first or the next start, s."""
        if self._fixed_seconds is not None:
            return self._fixed_seconds
        needed = _GAP_MARGIN * self._longest_gap
        if self._audio_seconds > 0.0:
            rtf = self._work_seconds / self._audio_seconds
            needed += max(0.0, rtf - _COMFORTABLE_RTF) * _MOST_SECONDS
        return self._device_seconds + min(_MOST_SECONDS, max(_LEAST_SECONDS, needed))
