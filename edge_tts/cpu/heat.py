"""What the machine tells about heat and slowed clocks; holds no policy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

# Bits of the Raspberry Pi's firmware, those that hold at this moment.
_FIRMWARE_CAUSES = {
    "under_voltage": 0,
    "frequency_capped": 1,
    "throttled": 2,
    "soft_temperature_limit": 3,
}
_FIRMWARE_FILE = "devices/platform/soc/soc:firmware/get_throttled"


class Heat(NamedTuple):
    """Readings of one moment; empty or None where the machine has no such file."""

    celsius: Mapping[str, float]
    """Sensor -> temperature."""
    num_throttles: int | None
    """Times since boot that heat slowed a core down (x86)."""
    causes: Mapping[str, bool]
    """Reason -> whether it slows the board down now (Raspberry Pi)."""
    clock_ratio: float | None
    """Mean over the processors of the present clock over the highest."""


def read_heat(sys_folder: Path = Path("/sys")) -> Heat:
    """Read ``/sys`` or a tree like it; never fails."""
    return Heat(
        _temperatures(sys_folder),
        _num_throttles(sys_folder),
        _firmware_causes(sys_folder),
        _clock_ratio(sys_folder),
    )


def _temperatures(sys_folder: Path) -> dict[str, float]:
    celsius: dict[str, float] = {}
    for zone in sorted((sys_folder / "class/thermal").glob("thermal_zone*")):
        millidegrees = _read(zone / "temp")
        # Two zones may have one type; the number keeps them apart.
        name = _read(zone / "type") or zone.name
        if name in celsius:
            name = f"{name} {zone.name.removeprefix('thermal_zone')}"
        if millidegrees.lstrip("-").isdigit():
            celsius[name] = int(millidegrees) / 1e3
    return celsius


def _num_throttles(sys_folder: Path) -> int | None:
    cpus = sys_folder / "devices/system/cpu"
    # Every logical processor shows the count of its core.
    counts: dict[str, int] = {}
    for path in cpus.glob("cpu[0-9]*/thermal_throttle/core_throttle_count"):
        core = _read(path.parents[1] / "topology/core_id") or path.parents[1].name
        package = _read(path.parents[1] / "topology/physical_package_id")
        count = _read(path)
        if count.isdigit():
            counts[f"{package}/{core}"] = int(count)
    return sum(counts.values()) if counts else None


def _firmware_causes(sys_folder: Path) -> dict[str, bool]:
    try:
        bits = int(_read(sys_folder / _FIRMWARE_FILE), 16)
    except ValueError:
        return {}
    return {cause: bool(bits >> bit & 1) for cause, bit in _FIRMWARE_CAUSES.items()}


def _clock_ratio(sys_folder: Path) -> float | None:
    ratios = []
    for folder in (sys_folder / "devices/system/cpu").glob("cpu[0-9]*/cpufreq"):
        now = _read(folder / "scaling_cur_freq")
        highest = _read(folder / "cpuinfo_max_freq")
        if now.isdigit() and highest.isdigit() and int(highest):
            ratios.append(int(now) / int(highest))
    return sum(ratios) / len(ratios) if ratios else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
