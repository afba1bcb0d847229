"""Energy that the machine says it used: RAPL counters, or INA power sensors."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

NOT_READABLE: Final = "not readable here"
_INA: Final = ("ina3221", "ina219", "ina226", "ina230", "ina231", "ina238")
_PERIOD_S: Final = 0.02


class EnergyMeter:
    """Counts joules while its block runs; ``joules`` is None where nothing tells.

    RAPL packages are counters and exact; INA sensors tell power, which a thread adds up
    fifty times a second. Both are of a whole machine or rail: idle power counts.

    Args:
        sys_root: ``/sys`` or a tree like it.
    """

    def __init__(self, sys_root: Path = Path("/sys")) -> None:
        self._counters = _rapl_packages(sys_root)
        self._sensors = [] if self._counters else _ina_rails(sys_root)
        self._before: list[int] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.joules: float | None = None

    @property
    def source(self) -> str:
        """Who tells."""
        if self._counters:
            return f"RAPL, {len(self._counters)} packages"
        if self._sensors:
            return f"INA sensors, {len(self._sensors)} rails"
        return NOT_READABLE

    def __enter__(self) -> EnergyMeter:
        self.joules = None
        if self._counters:
            self._before = [_number(path / "energy_uj") or 0 for path in self._counters]
        elif self._sensors:
            self._stop.clear()
            self._thread = threading.Thread(target=self._add_up, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._counters:
            pairs = zip(self._counters, self._before, strict=True)
            self.joules = sum(_difference(path, before) for path, before in pairs) / 1e6
        elif self._thread is not None:
            self._stop.set()
            self._thread.join()

    def _add_up(self) -> None:
        joules, last = 0.0, time.perf_counter()
        while not self._stop.wait(_PERIOD_S):
            now = time.perf_counter()
            joules += sum(_watts(rail) for rail in self._sensors) * (now - last)
            last = now
        self.joules = joules


def _rapl_packages(sys_root: Path) -> list[Path]:
    """Zones of whole packages; zones inside them would count twice."""
    zones = sorted((sys_root / "class/powercap").glob("*-rapl:*"))
    return [
        zone
        for zone in zones
        if zone.name.count(":") == 1 and _number(zone / "energy_uj") is not None
    ]


def _difference(zone: Path, before: int) -> int:
    found = (_number(zone / "energy_uj") or before) - before
    # The counter starts again from zero every few minutes under load.
    return found if found >= 0 else found + (_number(zone / "max_energy_range_uj") or 0)


def _ina_rails(sys_root: Path) -> list[Sequence[Path]]:
    """Files of each rail: one with power, or two with voltage and current."""
    rails: list[Sequence[Path]] = []
    for chip in sorted((sys_root / "class/hwmon").glob("hwmon*")):
        if _text(chip / "name") not in _INA:
            continue
        powers = sorted(chip.glob("power*_input"))
        if powers:
            rails += [(path,) for path in powers]
            continue
        for current in sorted(chip.glob("curr*_input")):
            number = current.name.removeprefix("curr").removesuffix("_input")
            voltage = chip / f"in{number}_input"
            if voltage.exists():
                rails.append((voltage, current))
    return [rail for rail in rails if all(_number(p) is not None for p in rail)]


def _watts(rail: Sequence[Path]) -> float:
    values = [_number(path) or 0 for path in rail]
    # Microwatts, or millivolts times milliamperes.
    return values[0] / 1e6 if len(values) == 1 else values[0] * values[1] / 1e6


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
