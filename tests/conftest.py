"""Settings of all tests."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# Shells start background jobs with interrupts ignored, nohup with hang-ups; programs
# under test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# What somebody measured on this machine is not what the tests expect.
os.environ["EDGE_TTS_PLAN"] = "off"

# Boards, emulators and busy machines are slow; that is no failure of a property.
settings.register_profile(
    "any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any_machine")
