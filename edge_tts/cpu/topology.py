"""Cores and the affinity mask as the system reports them; it must hold no policy.

Facts here are named tuples: a dataclass costs six times as much to define, and every
start of ``edgetts say`` passes through this package.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from edge_tts.errors import ConfigError

_CPU_FOLDER = "devices/system/cpu"
_MAX_CPUS = 1 << 16
"""Above what any kernel knows; lists also come from files that may be damaged."""


class Core(NamedTuple):
    """One physical core."""

    cpus: tuple[int, ...]
    """Its logical CPUs, ascending; more than one with simultaneous multithreading."""
    capacity: int
    """Relative speed: the kernel's cpu_capacity, else its top clock in kHz, else 0."""


class Topology(NamedTuple):
    """The part of the machine that this process may use."""

    num_online: int
    """Logical CPUs of the machine that are switched on."""
    allowed: tuple[int, ...]
    """Logical CPUs in the affinity mask of this process, ascending."""
    cores: tuple[Core, ...]
    """Physical cores with at least one allowed CPU, by their first CPU."""

    @property
    def clusters(self) -> tuple[tuple[Core, ...], ...]:
        """Cores of about equal speed together, fastest cluster first.

        Within a cluster no core is slower than 80 % of the fastest: turbo bins of
        one design stay together, little cores do not join the big ones.
        """
        clusters: list[list[Core]] = []
        for core in sorted(self.cores, key=lambda core: -core.capacity):
            if clusters and core.capacity * 5 >= clusters[-1][0].capacity * 4:
                clusters[-1].append(core)
            else:
                clusters.append([core])
        return tuple(map(tuple, clusters))


@lru_cache(maxsize=1)
def topology() -> Topology:
    """The topology of this machine as this process saw it first."""
    return read_topology(Path("/sys"), affinity())


def affinity() -> tuple[int, ...]:
    """Logical CPUs this process may run on, ascending."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def pin_to(cpus: Iterable[int]) -> None:
    """Let the calling thread, and threads it starts later, run on ``cpus`` only.

    Raises:
        ConfigError: one of them does not exist or is not allowed here.
    """
    wanted = sorted(set(cpus))
    allowed = affinity()
    if not wanted or not set(wanted) <= set(allowed):
        raise ConfigError(
            f"cannot pin to CPUs {format_cpus(wanted)}: this process may use "
            f"{format_cpus(allowed)}"
        )
    if not hasattr(os, "sched_setaffinity"):
        raise ConfigError("this operating system cannot pin a process to CPUs")
    os.sched_setaffinity(0, wanted)


@contextlib.contextmanager
def running_on(cpus: tuple[int, ...] | None) -> Iterator[None]:
    """Keep the calling thread, and threads it starts, on CPUs while the block runs.

    CPUs that this process may not use are left out; none left means any.
    """
    before = affinity()
    wanted = set(cpus or ()) & set(before)
    if not wanted or not hasattr(os, "sched_setaffinity"):
        yield
        return
    os.sched_setaffinity(0, wanted)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def read_topology(sys_root: Path, allowed: tuple[int, ...]) -> Topology:
    """Read a topology from a sysfs tree.

    Args:
        sys_root: ``/sys`` or a tree like it; a missing file means nothing special.
        allowed: logical CPUs this process may use.
    """
    folder = sys_root / _CPU_FOLDER
    online = parse_cpus(_read(folder / "online")) or allowed
    cores: list[Core] = []
    seen: set[int] = set()
    for cpu in allowed:
        if cpu in seen:
            continue
        own = folder / f"cpu{cpu}"
        siblings = parse_cpus(_read(own / "topology/thread_siblings_list"))
        cpus = siblings if cpu in siblings else (cpu,)
        seen.update(cpus)
        speed = _read(own / "cpu_capacity") or _read(own / "cpufreq/cpuinfo_max_freq")
        cores.append(Core(cpus, int(speed) if speed.isdigit() else 0))
    return Topology(len(online), allowed, tuple(cores))


def parse_cpus(text: str) -> tuple[int, ...]:
    """CPU numbers of a kernel list such as ``0-3,8``; empty for anything else."""
    cpus: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            return ()
        numbers = range(int(first), int(last if dash else first) + 1)
        if numbers.stop > _MAX_CPUS:
            return ()
        cpus.update(numbers)
    return tuple(sorted(cpus))


def format_cpus(cpus: Iterable[int]) -> str:
    """The inverse of ``parse_cpus``; ``none`` for no CPU at all."""
    ranges: list[list[int]] = []
    for cpu in sorted(set(cpus)):
        if ranges and cpu == ranges[-1][1] + 1:
            ranges[-1][1] = cpu
        else:
            ranges.append([cpu, cpu])
    parts = (str(a) if a == b else f"{a}-{b}" for a, b in ranges)
    return ",".join(parts) or "none"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
