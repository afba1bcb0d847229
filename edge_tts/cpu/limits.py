"""CPU and memory limits that a container or service manager put on this process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

# cgroup v1 writes "no limit" as the largest multiple of the page size.
_V1_NO_MEMORY_LIMIT = 1 << 60


class ResourceLimits(NamedTuple):
    """The tightest limits along this process's control groups; None is no limit."""

    cpus: float | None
    """CPU time per wall time: 1.5 is one and a half CPUs."""
    memory_bytes: int | None
    """Memory all processes of the group may hold together, in bytes."""


@lru_cache(maxsize=1)
def resource_limits() -> ResourceLimits:
    """The limits on this process as they were when it asked first."""
    return read_limits(Path("/"))


def read_limits(root: Path) -> ResourceLimits:
    """Read the limits from a file system tree.

    Args:
        root: ``/`` or a tree with ``proc/self/cgroup`` and ``sys/fs/cgroup``.
    """
    cpus: list[float] = []
    memory: list[int] = []
    for folder in _group_folders(root):
        quota = _read_v2_cpus(folder) or _read_v1_cpus(folder)
        if quota is not None:
            cpus.append(quota)
        for name in ("memory.max", "memory.limit_in_bytes"):
            limit = _read(folder / name)
            if limit.isdigit() and int(limit) < _V1_NO_MEMORY_LIMIT:
                memory.append(int(limit))
    return ResourceLimits(min(cpus, default=None), min(memory, default=None))


def available_memory() -> int:
    """Bytes this process can still take before the machine or its group runs out."""
    # psutil costs 10 ms to import, which speaking should not pay.
    import psutil

    free = int(psutil.virtual_memory().available)
    limit = resource_limits().memory_bytes
    if limit is None:
        return free
    return max(0, min(free, limit - int(psutil.Process().memory_info().rss)))


def _group_folders(root: Path) -> Iterator[Path]:
    """Folders of the groups this process is in, each followed by its ancestors."""
    mount = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers == "":
            hierarchies = [mount, mount / "unified"]
        elif {"cpu", "memory"}.intersection(controllers.split(",")):
            names = [controllers, *controllers.split(",")]
            hierarchies = [mount / name for name in names]
        else:
            continue
        for hierarchy in hierarchies:
            if not hierarchy.is_dir():
                continue
            # Inside a container the path is the host's and its limits are mounted at
            # the top, so missing folders on the way up are no error.
            inner = hierarchy / group.lstrip("/")
            if ".." in inner.parts:
                inner = hierarchy
            yield inner
            yield from (
                outer
                for outer in inner.parents
                if outer == hierarchy or hierarchy in outer.parents
            )


def _read_v2_cpus(folder: Path) -> float | None:
    """``cpu.max`` holds ``quota period`` in microseconds, or ``max period``."""
    quota, _, period = _read(folder / "cpu.max").partition(" ")
    return _ratio(quota, period)


def _read_v1_cpus(folder: Path) -> float | None:
    """A quota of -1 is no limit."""
    quota = _read(folder / "cpu.cfs_quota_us")
    return _ratio(quota, _read(folder / "cpu.cfs_period_us"))


def _ratio(quota: str, period: str) -> float | None:
    if not (quota.isdigit() and period.isdigit() and int(quota) and int(period)):
        return None
    return int(quota) / int(period)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
