"""Which threads and CPUs are tried: pure decisions over the topology."""

from __future__ import annotations

from typing import NamedTuple

from edge_tts.cpu.topology import Topology, format_cpus


class CoreSet(NamedTuple):
    """Threads, and where they may run."""

    num_threads: int
    cpus: tuple[int, ...] | None
    """Logical CPUs, one per core; None where the system decides."""

    @property
    def cpu_list(self) -> str | None:
        """``cpus`` as the kernel lists them."""
        return None if self.cpus is None else format_cpus(self.cpus)

    def __str__(self) -> str:
        threads = f"{self.num_threads} thread" + "s" * (self.num_threads > 1)
        return threads if self.cpus is None else f"{threads} on CPUs {self.cpu_list}"


def core_sets(topology: Topology, cpu_quota: float | None) -> list[CoreSet]:
    """The settings to measure, fewest threads first.

    One thread per physical core at most; doubling counts, and all of a cluster. Each
    count runs where the system puts it, and pinned to each cluster of equal cores that
    is large enough: little cores may hold up big ones, or leave them free.

    Args:
        topology: Cores within the affinity mask.
        cpu_quota: CPUs the control group grants, None for no limit.
    """
    allowed = set(topology.allowed)
    clusters = [
        [next(cpu for cpu in core.cpus if cpu in allowed) for core in cluster]
        for cluster in topology.clusters
    ]
    most = sum(map(len, clusters)) or 1
    if cpu_quota is not None:
        most = max(1, min(most, int(cpu_quota)))
    sizes = {len(cluster) for cluster in clusters} | {most}
    counts = {1 << power for power in range(most.bit_length())} | sizes
    found = []
    for count in sorted(n for n in counts if n <= most):
        found.append(CoreSet(count, None))
        found += [
            CoreSet(count, tuple(sorted(cluster[:count])))
            for cluster in clusters
            # All there is needs no pinning.
            if len(cluster) >= count and set(cluster[:count]) != allowed
        ]
    return found
