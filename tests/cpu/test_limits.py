"""Control groups on fixture trees, laid out as real systems lay them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_tts.cpu.limits import ResourceLimits, available_memory, read_limits

UNLIMITED = ResourceLimits(None, None)
V1_UNLIMITED_MEMORY = "9223372036854771712"


def make_tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, UNLIMITED, id="no cgroups at all"),
        pytest.param(
            {
                "proc/self/cgroup": "0::/",
                "sys/fs/cgroup/cpu.max": "150000 100000",
                "sys/fs/cgroup/memory.max": "536870912",
            },
            ResourceLimits(1.5, 512 << 20),
            id="v2 container",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "0::/user.slice/session-1.scope",
                "sys/fs/cgroup/user.slice/session-1.scope/cpu.max": "max 100000",
                "sys/fs/cgroup/user.slice/session-1.scope/memory.max": "max",
            },
            UNLIMITED,
            id="v2 login session",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "0::/system.slice/edgetts.service",
                "sys/fs/cgroup/system.slice/cpu.max": "50000 100000",
                "sys/fs/cgroup/system.slice/memory.max": "100",
                "sys/fs/cgroup/system.slice/edgetts.service/cpu.max": "400000 100000",
                "sys/fs/cgroup/system.slice/edgetts.service/memory.max": "200",
            },
            ResourceLimits(0.5, 100),
            id="an outer group is tighter",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "5:memory:/docker/ab\n4:cpu,cpuacct:/docker/ab",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824",
            },
            ResourceLimits(2.0, 1 << 30),
            id="v1 container, limits at the mount point",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "2:cpu:/a\n1:memory:/a\n0::/",
                "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000",
                "sys/fs/cgroup/memory/a/memory.limit_in_bytes": V1_UNLIMITED_MEMORY,
                "sys/fs/cgroup/unified/cgroup.procs": "1",
            },
            UNLIMITED,
            id="hybrid without limits",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "0::/../../elsewhere",
                "sys/fs/cgroup/cpu.max": "25000 100000",
            },
            ResourceLimits(0.25, None),
            id="group outside of our view",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "nonsense\n0::/a",
                "sys/fs/cgroup/a/cpu.max": "lots of it",
                "sys/fs/cgroup/a/memory.max": "-5",
            },
            UNLIMITED,
            id="unreadable values",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "0 0"},
            UNLIMITED,
            id="zero period",
        ),
    ],
)
def test_limits(tmp_path: Path, files: dict[str, str], expected: object) -> None:
    assert read_limits(make_tree(tmp_path, files)) == expected


def test_available_memory_is_below_the_machine_s() -> None:
    import psutil

    assert 0 < available_memory() <= psutil.virtual_memory().total
