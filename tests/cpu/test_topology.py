from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from edge_tts.cpu.caches import Cache, read_caches
from edge_tts.cpu.topology import (
    affinity,
    format_cpus,
    parse_cpus,
    pin_to,
    read_topology,
    topology,
)
from edge_tts.errors import ConfigError


def make_tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / "devices/system/cpu" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def smt_box(root: Path) -> Path:
    """Four cores, eight threads, numbered as Intel boxes number them."""
    files = {"online": "0-7"}
    for cpu in range(8):
        pair = f"{cpu % 4},{cpu % 4 + 4}"
        files[f"cpu{cpu}/topology/thread_siblings_list"] = pair
        files[f"cpu{cpu}/cpufreq/cpuinfo_max_freq"] = "3400000"
    return make_tree(root, files)


def rk3588(root: Path) -> Path:
    files = {"online": "0-7"}
    for cpu in range(8):
        files[f"cpu{cpu}/topology/thread_siblings_list"] = str(cpu)
        files[f"cpu{cpu}/cpu_capacity"] = "530" if cpu < 4 else "1024"
    return make_tree(root, files)


def test_siblings_are_one_core(tmp_path: Path) -> None:
    found = read_topology(smt_box(tmp_path), tuple(range(8)))
    assert found.num_online == 8
    assert [core.cpus for core in found.cores] == [(0, 4), (1, 5), (2, 6), (3, 7)]
    assert len(found.clusters) == 1


def test_affinity_mask_hides_cores(tmp_path: Path) -> None:
    found = read_topology(smt_box(tmp_path), (1, 5, 6))
    assert [core.cpus for core in found.cores] == [(1, 5), (2, 6)]
    assert found.allowed == (1, 5, 6)


def test_big_cluster_comes_first(tmp_path: Path) -> None:
    big, little = read_topology(rk3588(tmp_path), tuple(range(8))).clusters
    assert [core.cpus[0] for core in big] == [4, 5, 6, 7]
    assert [core.cpus[0] for core in little] == [0, 1, 2, 3]
    assert big[0].capacity > little[0].capacity


def test_no_sysfs_counts_each_cpu_as_a_core(tmp_path: Path) -> None:
    found = read_topology(tmp_path, (0, 1))
    assert [core.cpus for core in found.cores] == [(0,), (1,)]
    assert len(found.clusters) == 1
    assert read_caches(tmp_path) == ()


def test_this_machine_against_psutil() -> None:
    here = topology()
    assert here.allowed == affinity()
    assert 1 <= len(here.cores) <= len(here.allowed)
    physical = psutil.cpu_count(logical=False)
    if physical and len(here.allowed) == psutil.cpu_count():
        assert len(here.cores) == physical


def test_caches(tmp_path: Path) -> None:
    cache = "cpu0/cache/index"
    tree = make_tree(
        tmp_path,
        {
            f"{cache}0/level": "1",
            f"{cache}0/type": "Data",
            f"{cache}0/size": "32K",
            f"{cache}0/shared_cpu_list": "0",
            f"{cache}3/level": "3",
            f"{cache}3/type": "Unified",
            f"{cache}3/size": "32M",
            f"{cache}3/shared_cpu_list": "0-7",
            f"{cache}9/level": "none",
        },
    )
    assert read_caches(tree) == (
        Cache(1, "data", 32 << 10, 1),
        Cache(3, "unified", 32 << 20, 8),
    )


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux only")
def test_process_with_affinity_of_one_gets_one_thread() -> None:
    script = (
        "import edge_tts.cpu as c; from edge_tts.cpu.topology import affinity;"
        "c.pin_to([affinity()[-1]]);"
        "print(c.thread_count(), len(c.topology().allowed), len(affinity()))"
    )
    out = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True
    )
    assert out.stdout.split() == ["1", "1", "1"]


@pytest.mark.parametrize("cpus", [[], [100_000], [0, 100_000]])
def test_pinning_to_what_is_not_ours(cpus: list[int]) -> None:
    before = affinity()
    with pytest.raises(ConfigError, match="this process may use"):
        pin_to(cpus)
    assert affinity() == before


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("0", (0,)),
        ("0-3", (0, 1, 2, 3)),
        ("0-1,4,6-7", (0, 1, 4, 6, 7)),
        ("", ()),
        ("a-b", ()),
        ("1-", ()),
    ],
)
def test_cpu_lists(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpus(text) == cpus
    if cpus:
        assert format_cpus(cpus) == text
    else:
        assert format_cpus(cpus) == "none"
