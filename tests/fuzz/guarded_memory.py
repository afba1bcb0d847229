"""Puts forbidden bytes between the buffers of native runs, for AddressSanitizer.

A run has all its memory in one block, in which a sanitizer sees no borders. As a pytest
plugin (``-p tests.fuzz.guarded_memory``) or by ``install()`` every buffer gets bytes of
its own with a forbidden stretch behind it. Without a sanitizer it does nothing.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from edge_tts.backends import native_layout, native_run
from edge_tts.memory.arena_plan import ArenaPlan, BufferRequest, aligned

_GAP = 192
"""Bytes behind a buffer: more than any vector."""


def install() -> bool:
    """Guard all runs opened from now on; returns whether there is a sanitizer."""
    process = ctypes.CDLL(None)
    if not hasattr(process, "__asan_poison_memory_region"):
        return False
    poison = process.__asan_poison_memory_region
    unpoison = process.__asan_unpoison_memory_region
    for function in (poison, unpoison):
        function.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
        function.restype = None
    scratch_plans: list[ArenaPlan] = []

    def plan_arena(requests: Iterable[BufferRequest]) -> ArenaPlan:
        plan = _apart({request.name: request.nbytes for request in requests})
        scratch_plans.append(plan)
        return plan

    class Layout(native_layout.NativeLayout):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.scratch_plan = scratch_plans.pop()

    class Arena(native_run.Arena):
        pass

    class Run(native_run.NativeRun):
        def __init__(
            self, network: Any, layout: Any, *others: Any, **named: Any
        ) -> None:
            super().__init__(network, layout, *others, **named)
            arena = self._arena
            gaps = [*_gaps(layout.arena_plan, arena.base)]
            scratch = arena.address("scratch.")
            gaps += _gaps(layout.scratch_plan, scratch)
            for start, size in gaps:
                poison(start, size)
            # The address may serve another block later.
            weakref.finalize(arena, unpoison, arena.base, arena.nbytes)

    from edge_tts.backends import native_session

    native_layout.plan_arena = plan_arena
    native_layout.stack_arena = _apart
    native_run.Arena = Arena  # type: ignore[misc]
    native_session.NativeLayout = Layout  # type: ignore[misc]
    native_session.NativeRun = Run  # type: ignore[misc]
    return True


def _apart(sizes: Mapping[str, int]) -> ArenaPlan:
    """Offsets with a gap behind every buffer; none share bytes."""
    offsets, end = {}, 0
    for name, nbytes in sizes.items():
        offsets[name] = end
        end = aligned(end + nbytes + _GAP)
    requests = tuple(BufferRequest(name, size, 0, 0) for name, size in sizes.items())
    return ArenaPlan(requests, MappingProxyType(offsets), end)


def _gaps(plan: ArenaPlan, base: int) -> Iterable[tuple[int, int]]:
    sizes = {request.name: request.nbytes for request in plan.requests}
    ordered = sorted(plan.offsets.items(), key=lambda item: item[1])
    ends = [start for _, start in ordered[1:]] + [plan.peak_nbytes]
    for (name, offset), end in zip(ordered, ends, strict=bool(ordered)):
        stop = offset + sizes[name]
        yield base + stop, end - stop


def pytest_configure() -> None:
    """Guard before the first test module is imported."""
    install()
