"""A narration waits on battery and in the heat, and goes on."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from edge_tts.narrate.power import POLL_SECONDS, PowerGuard
from tests.narrate.conftest import Narrate


class Machine:
    """The sensors of a laptop; every look at them costs one value."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plugged: list[bool] = []
        self.degrees: list[float] = []
        self.slept: list[float] = []
        self.notes: list[str] = []
        # The computer that runs the tests may have neither.
        monkeypatch.setattr(psutil, "sensors_battery", self._battery, raising=False)
        monkeypatch.setattr(psutil, "sensors_temperatures", self._heat, raising=False)

    def guard(self, on_battery: bool, above: float | None) -> PowerGuard:
        return PowerGuard(on_battery, above, self.notes.append, self.slept.append)

    def _battery(self) -> SimpleNamespace:
        return SimpleNamespace(power_plugged=self.plugged.pop(0))

    def _heat(self) -> dict[str, list[SimpleNamespace]]:
        low, high = SimpleNamespace(current=30.0), self.degrees.pop(0)
        return {"a": [low], "b": [SimpleNamespace(current=high)]}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_waits_for_mains(machine: Machine) -> None:
    machine.plugged = [False, False, True]
    machine.guard(True, None).wait()
    assert machine.slept == [POLL_SECONDS] * 2
    assert machine.notes == ["waiting: the machine runs on battery", "going on"]


def test_waits_until_it_is_cooler_than_the_limit(machine: Machine) -> None:
    machine.degrees = [90.0, 84.0, 76.0]
    machine.guard(False, 85.0).wait()
    # 84 is below the limit, but not far enough to work for long.
    assert machine.slept == [POLL_SECONDS] * 2
    assert "90 degrees, the limit is 85" in machine.notes[0]


def test_asks_only_every_ten_seconds(machine: Machine) -> None:
    machine.plugged = [True]
    guard = machine.guard(True, None)
    guard.wait()
    guard.wait()
    assert machine.plugged == [] and machine.slept == []


def test_never_asks_unless_told(machine: Machine) -> None:
    machine.guard(False, None).wait()
    assert machine.notes == []


def test_a_machine_without_battery_never_waits(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None)
    machine.guard(True, None).wait()
    assert machine.notes == []


def test_a_narration_waits_for_mains(
    narrated: Narrate, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_tts.narrate.power.POLL_SECONDS", 0.01)
    machine.plugged = [False, False, True] + [True] * 9
    result = narrated(pause_on_battery=True)
    assert result.report.num_failed == 0
    assert len(machine.plugged) <= 9
