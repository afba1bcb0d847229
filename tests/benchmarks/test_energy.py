from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.cache_misses import last_level_misses
from benchmarks.energy import NOT_READABLE, EnergyMeter


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{value}\n")


def test_nothing_tells(tmp_path: Path) -> None:
    meter = EnergyMeter(tmp_path)
    with meter:
        pass
    assert meter.joules is None
    assert meter.source == NOT_READABLE


def test_rapl_counts_packages_once_and_over_the_end(tmp_path: Path) -> None:
    zones = tmp_path / "class/powercap"
    for zone in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        _write(zones / zone / "energy_uj", 9_000_000)
        _write(zones / zone / "max_energy_range_uj", 10_000_000)
    meter = EnergyMeter(tmp_path)
    assert meter.source == "RAPL, 2 packages"
    with meter:
        _write(zones / "intel-rapl:0/energy_uj", 9_500_000)
        _write(zones / "intel-rapl:1/energy_uj", 1_000_000)
        _write(zones / "intel-rapl:0:0/energy_uj", 9_400_000)
    assert meter.joules == 0.5 + 2.0


def test_unreadable_rapl_is_left_out(tmp_path: Path) -> None:
    _write(tmp_path / "class/powercap/intel-rapl:0/name", "package-0")
    assert EnergyMeter(tmp_path).source == NOT_READABLE


def test_ina_rails_add_up(tmp_path: Path) -> None:
    chip = tmp_path / "class/hwmon/hwmon3"
    _write(chip / "name", "ina3221")
    _write(chip / "in1_input", 5000)
    _write(chip / "curr1_input", 400)
    other = tmp_path / "class/hwmon/hwmon4"
    _write(other / "name", "ina226")
    _write(other / "power1_input", 3_000_000)
    meter = EnergyMeter(tmp_path)
    assert meter.source == "INA sensors, 2 rails"
    started = time.perf_counter()
    with meter:
        time.sleep(0.3)
    seconds = time.perf_counter() - started
    assert meter.joules is not None
    # Five watts, less at most the last period of the thread.
    assert 0.5 * seconds <= meter.joules / 5.0 <= 1.1 * seconds


def test_cache_misses_are_counted_or_the_reason_told() -> None:
    misses, note = last_level_misses([sys.executable, "-c", "pass"])
    assert note
    assert misses is None or misses >= 0
