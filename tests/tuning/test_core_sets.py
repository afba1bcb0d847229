from __future__ import annotations

import pytest

from edge_tts.cpu.topology import Core, Topology, affinity, running_on
from edge_tts.tuning.core_sets import CoreSet, core_sets


def _topology(*cores: tuple[tuple[int, ...], int]) -> Topology:
    cpus = tuple(cpu for siblings, _ in cores for cpu in siblings)
    return Topology(len(cpus), cpus, tuple(Core(*core) for core in cores))


def test_one_core() -> None:
    assert core_sets(_topology(((0,), 0)), None) == [CoreSet(1, None)]


def test_hyper_threads_count_once() -> None:
    found = core_sets(_topology(((0, 2), 0), ((1, 3), 0)), None)
    assert found == [
        CoreSet(1, None),
        CoreSet(1, (0,)),
        CoreSet(2, None),
        CoreSet(2, (0, 1)),
    ]


def test_big_and_little() -> None:
    little = [((cpu,), 400) for cpu in range(4)]
    big = [((cpu,), 1024) for cpu in (4, 5)]
    found = core_sets(_topology(*little, *big), None)
    assert [str(cores) for cores in found] == [
        "1 thread",
        "1 thread on CPUs 4",
        "1 thread on CPUs 0",
        "2 threads",
        "2 threads on CPUs 4-5",
        "2 threads on CPUs 0-1",
        "4 threads",
        "4 threads on CPUs 0-3",
        "6 threads",
    ]


@pytest.mark.parametrize(("quota", "most"), [(0.5, 1), (1.9, 1), (2.0, 2), (9.0, 4)])
def test_quota(quota: float, most: int) -> None:
    cores = [((cpu,), 0) for cpu in range(4)]
    found = core_sets(_topology(*cores), quota)
    assert max(item.num_threads for item in found) == most


def test_all_of_the_machine_needs_no_pinning() -> None:
    found = core_sets(_topology(((0,), 0), ((1,), 0)), None)
    assert CoreSet(2, (0, 1)) not in found


def test_running_on_restores_and_ignores_what_is_not_there() -> None:
    before = affinity()
    with running_on((before[-1],)):
        assert affinity() == (before[-1],)
    with running_on((100_000,)):
        assert affinity() == before
    with pytest.raises(KeyError), running_on((before[0],)):
        raise KeyError
    assert affinity() == before
