"""Decides where buffers lie in one block of memory; allocates nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

ALIGNMENT: Final = 64
"""A cache line, and the widest vector any kernel loads."""


class BufferRequest(NamedTuple):
    """A buffer and the steps between which its content matters."""

    name: str
    """Unique within a plan."""
    nbytes: int
    """Size, at least 0."""
    first_step: int
    """Step that writes it first."""
    last_step: int
    """Step that reads it last, not before ``first_step``."""

    def lives_with(self, other: BufferRequest) -> bool:
        """Whether some step needs both buffers."""
        return self.first_step <= other.last_step and other.first_step <= self.last_step


class ArenaPlan(NamedTuple):
    """Offsets of all buffers; those that never live together may share bytes."""

    requests: tuple[BufferRequest, ...]
    """As given."""
    offsets: Mapping[str, int]
    """Name -> first byte, a multiple of ``ALIGNMENT``."""
    peak_nbytes: int
    """Size of the block."""


def plan_arena(requests: Iterable[BufferRequest]) -> ArenaPlan:
    """Returns offsets such that buffers that live together do not overlap.

    Greedy: largest first, and earliest first, each into the tightest gap that holds the
    buffer, and earliest first on top of all that live; the smallest result wins. The
    same requests give the same plan.

    Raises:
        ValueError: a name is used twice, or a size or lifetime is negative.
    """
    requests = tuple(requests)
    names = {request.name for request in requests}
    if len(names) != len(requests):
        raise ValueError("buffer names must be unique")
    for request in requests:
        if request.nbytes < 0 or request.last_step < request.first_step:
            raise ValueError(f"impossible size or lifetime: {request}")
    by_size = sorted(requests, key=lambda r: (-r.nbytes, r.first_step, r.name))
    by_step = sorted(requests, key=lambda r: (r.first_step, r.name))
    plans = (
        _place(by_size, _best_gap),
        _place(by_step, _best_gap),
        _place(by_step, _top),
    )
    offsets, peak_nbytes = min(plans, key=lambda plan: plan[1])
    return ArenaPlan(requests, MappingProxyType(offsets), peak_nbytes)


def stack_arena(sizes: Mapping[str, int]) -> ArenaPlan:
    """Returns offsets that keep buffers in the given order; none share bytes."""
    offsets: dict[str, int] = {}
    end = 0
    for name, nbytes in sizes.items():
        offsets[name] = end
        end += aligned(nbytes)
    requests = tuple(BufferRequest(name, size, 0, 0) for name, size in sizes.items())
    return ArenaPlan(requests, MappingProxyType(offsets), end)


def aligned(nbytes: int) -> int:
    """Returns the smallest multiple of ``ALIGNMENT`` that is not below ``nbytes``."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


_Gap = Callable[[Sequence[tuple[int, int]], int], int]


def _place(
    order: Sequence[BufferRequest], find_gap: _Gap
) -> tuple[dict[str, int], int]:
    offsets: dict[str, int] = {}
    placed: list[BufferRequest] = []
    peak = 0
    for request in order:
        size = aligned(request.nbytes)
        taken = sorted(
            (offsets[other.name], offsets[other.name] + aligned(other.nbytes))
            for other in placed
            if other.lives_with(request)
        )
        offsets[request.name] = offset = find_gap(taken, size)
        placed.append(request)
        peak = max(peak, offset + size)
    return offsets, peak


def _best_gap(taken: Sequence[tuple[int, int]], size: int) -> int:
    """Returns the start of the tightest gap that holds ``size`` bytes."""
    best, best_size = -1, -1
    end = 0
    for start, stop in taken:
        gap = start - end
        if gap >= size and (best < 0 or gap < best_size):
            best, best_size = end, gap
        end = max(end, stop)
    return end if best < 0 else best


def _top(taken: Sequence[tuple[int, int]], size: int) -> int:
    """Returns the first byte above all that is taken; ``size`` does not matter."""
    return max((stop for _, stop in taken), default=0)
