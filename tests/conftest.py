"""Settings of all tests."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# A shell starts background jobs with interrupts ignored, and programs under test would
# inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Boards, emulators and busy machines are slow; that is no failure of a property.
settings.register_profile(
    "any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any_machine")
