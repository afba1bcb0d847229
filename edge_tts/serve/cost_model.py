"""Owns CostModel: how long a text will keep a worker busy, learnt from those before."""

from __future__ import annotations

import threading
from typing import Final

_SECONDS_PER_CHAR: Final = 0.065
"""Of English prose at speed 1; corrected by what is measured."""
_FIRST_RTF: Final = 0.1
"""Believed until something was spoken: a slow board's."""
_WEIGHT_SECONDS: Final = 30.0
"""Seconds of audio after which a new measurement has replaced most of the old."""


class CostModel:
    """Predicts worker seconds; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds_per_char = _SECONDS_PER_CHAR
        self._rtf: float | None = None

    @property
    def rtf(self) -> float:
        """Worker seconds per second of audio, lately."""
        return _FIRST_RTF if self._rtf is None else self._rtf

    def audio_seconds(self, num_chars: int, speed: float) -> float:
        """Predict the duration of a text."""
        return num_chars * self._seconds_per_char / speed

    def worker_seconds(self, num_chars: int, speed: float) -> float:
        """Predict the time a worker needs for a text."""
        return self.audio_seconds(num_chars, speed) * self.rtf

    def observe(
        self, num_chars: int, speed: float, audio_s: float, worker_s: float
    ) -> None:
        """Learn from a text that was spoken to its end."""
        if audio_s <= 0.0 or num_chars < 1:
            return
        weight = audio_s / (audio_s + _WEIGHT_SECONDS)
        with self._lock:
            rtf = worker_s / audio_s
            # The first measurement replaces a guess.
            self._rtf = (
                rtf if self._rtf is None else self._rtf + weight * (rtf - self._rtf)
            )
            per_char = audio_s * speed / num_chars
            self._seconds_per_char += weight * (per_char - self._seconds_per_char)
