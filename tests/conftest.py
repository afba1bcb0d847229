"""Settings of all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Boards, emulators and busy machines are slow; that is no failure of a property.
settings.register_profile(
    "any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any_machine")
