from __future__ import annotations

import numpy as np
import pytest

from edge_tts.memory.arena import HUGE_PAGE_NBYTES, Arena
from edge_tts.memory.arena_plan import ALIGNMENT, BufferRequest, plan_arena


def arena_of(*sizes: int) -> Arena:
    requests = [BufferRequest(f"b{i}", size, 0, 0) for i, size in enumerate(sizes)]
    return Arena(plan_arena(requests))


@pytest.mark.parametrize("sizes", [(4,), (100, 7, 4096), (3 << 20, 5)])
def test_views_are_zeroed_aligned_and_apart(sizes: tuple[int, ...]) -> None:
    arena = arena_of(*sizes)
    views = [arena.view(f"b{i}", (size,), np.uint8) for i, size in enumerate(sizes)]
    for index, view in enumerate(views):
        assert not view.any()
        assert arena.address(f"b{index}") == view.ctypes.data
        assert view.ctypes.data % ALIGNMENT == 0
        view.fill(index + 1)
    for index, view in enumerate(views):
        assert (view == index + 1).all()


def test_zero_clears_one_buffer_only() -> None:
    arena = arena_of(64, 64)
    arena.view("b0", (16,), np.float32)[:] = 1
    arena.view("b1", (16,), np.float32)[:] = 2
    arena.zero("b0")
    assert not arena.view("b0", (4, 4), np.float32).any()
    assert (arena.view("b1", (16,), np.float32) == 2).all()


def test_large_blocks_start_on_a_huge_page() -> None:
    arena = arena_of(HUGE_PAGE_NBYTES)
    assert arena.address("b0") % HUGE_PAGE_NBYTES == 0


def test_views_beyond_the_plan_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 80"):
        arena_of(64).view("b0", (20,), np.float32)
    with pytest.raises(KeyError):
        arena_of(64).view("z", (1,), np.float32)
