"""Decides where buffers lie in one block of memory; allocates nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ALIGNMENT: Final = 64
"""A cache line, and the widest vector any kernel loads."""


@dataclass(frozen=True, slots=True)
class BufferRequest:
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


@dataclass(frozen=True, slots=True)
class ArenaPlan:
    """Offsets of all buffers; those that never live together may share bytes."""

    requests: tuple[BufferRequest, ...]
    """As given."""
    offsets: Mapping[str, int]
    """Name -> first byte, a multiple of ``ALIGNMENT``."""
    peak_nbytes: int
    """Size of the block."""


def plan_arena(requests: Iterable[BufferRequest]) -> ArenaPlan:
    """Returns offsets such that buffers that live together do not overlap.

    Two greedy orders are tried, largest first and earliest first, each placing a buffer
    in the tightest gap that holds it; the smaller result wins. The same requests give
    the same plan.

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
    by_step = sorted(requests, key=lambda r: (r.first_step, -r.nbytes, r.name))
    plans = [_place(order) for order in (by_size, by_step)]
    offsets, peak_nbytes = min(plans, key=lambda plan: plan[1])
    return ArenaPlan(requests, MappingProxyType(offsets), peak_nbytes)


def aligned(nbytes: int) -> int:
    """Returns the smallest multiple of ``ALIGNMENT`` that is not below ``nbytes``."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


def _place(order: Sequence[BufferRequest]) -> tuple[dict[str, int], int]:
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
        offsets[request.name] = offset = _best_gap(taken, size)
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
