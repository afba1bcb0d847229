"""Owns PowerGuard: makes a narration wait while the machine is hot or on battery."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

POLL_SECONDS: Final = 10.0
COOLED: Final = 8.0
"""Kelvin below the limit at which work goes on."""


class PowerGuard:
    """Asks the system every few seconds.

    Args:
        on_battery: Whether to wait while the machine runs on battery.
        above_celsius: Temperature from which to wait, None for never.
        note: Told once when it waits and once when it goes on.
        sleep: For tests.
    """

    def __init__(
        self,
        on_battery: bool,
        above_celsius: float | None,
        note: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._on_battery = on_battery
        self._limit = above_celsius
        self._note = note
        self._sleep = sleep
        self._next = 0.0

    def wait(self) -> None:
        """Return when work may go on; asks at most every ten seconds."""
        if not self._on_battery and self._limit is None:
            return
        now = time.monotonic()
        if now < self._next:
            return
        reason = self._reason(0.0)
        if reason is not None:
            self._note(f"waiting: {reason}")
            while reason is not None:
                self._sleep(POLL_SECONDS)
                reason = self._reason(COOLED)
            self._note("going on")
        self._next = time.monotonic() + POLL_SECONDS

    def _reason(self, below: float) -> str | None:
        if self._on_battery and _discharging():
            return "the machine runs on battery"
        if self._limit is not None:
            hottest = _hottest()
            if hottest is not None and hottest >= self._limit - below:
                return f"{hottest:.0f} degrees, the limit is {self._limit:.0f}"
        return None


def _discharging() -> bool:
    import psutil

    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return battery is not None and battery.power_plugged is False


def _hottest() -> float | None:
    import psutil

    if not hasattr(psutil, "sensors_temperatures"):
        return None
    found = [
        float(sensor.current)
        for sensors in psutil.sensors_temperatures().values()
        for sensor in sensors
    ]
    return max(found, default=None)
