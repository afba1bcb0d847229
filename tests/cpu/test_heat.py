from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.cpu.heat import read_heat


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_machine_without_files_tells_nothing(tmp_path: Path) -> None:
    assert read_heat(tmp_path) == ({}, None, {}, None)


def test_this_machine_can_be_read() -> None:
    heat = read_heat()
    assert all(-60 < celsius < 150 for celsius in heat.celsius.values())


def test_zones_of_one_type_keep_apart(tmp_path: Path) -> None:
    for number, millidegrees in ((0, "48312\n"), (1, "51000\n")):
        zone = f"class/thermal/thermal_zone{number}"
        write(tmp_path, f"{zone}/type", "cpu-thermal\n")
        write(tmp_path, f"{zone}/temp", millidegrees)
    write(tmp_path, "class/thermal/thermal_zone2/temp", "broken")
    assert read_heat(tmp_path).celsius == {"cpu-thermal": 48.312, "cpu-thermal 1": 51.0}


def test_throttles_of_a_core_count_once(tmp_path: Path) -> None:
    for cpu, core, count in ((0, 0, 7), (1, 0, 7), (2, 1, 2)):
        folder = f"devices/system/cpu/cpu{cpu}"
        write(tmp_path, f"{folder}/thermal_throttle/core_throttle_count", f"{count}\n")
        write(tmp_path, f"{folder}/topology/core_id", f"{core}\n")
    assert read_heat(tmp_path).num_throttles == 9


def test_firmware_of_a_raspberry_pi(tmp_path: Path) -> None:
    # Under-voltage now; throttled only earlier (bit 18).
    write(
        tmp_path, "devices/platform/soc/soc:firmware/get_throttled", f"{1 | 1 << 18:x}"
    )
    causes = read_heat(tmp_path).causes
    assert causes["under_voltage"] and not causes["throttled"]


def test_clock_is_the_mean_share_of_the_highest(tmp_path: Path) -> None:
    for cpu, now in ((0, 1_500_000), (1, 600_000)):
        folder = f"devices/system/cpu/cpu{cpu}/cpufreq"
        write(tmp_path, f"{folder}/scaling_cur_freq", str(now))
        write(tmp_path, f"{folder}/cpuinfo_max_freq", "1500000")
    assert read_heat(tmp_path).clock_ratio == pytest.approx(0.7)
