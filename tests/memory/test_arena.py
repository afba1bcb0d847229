from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from edge_tts.memory.arena import HUGE_PAGE_NBYTES, Arena, huge_page_share
from edge_tts.memory.arena_plan import ALIGNMENT, BufferRequest, plan_arena
from edge_tts.memory.huge_pages import huge_page_state, read_huge_page_state


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


@pytest.mark.parametrize(
    ("nbytes", "huge"),
    [
        (100, 0),
        (HUGE_PAGE_NBYTES * 3 // 4 - 64, 0),
        (HUGE_PAGE_NBYTES * 3 // 4, HUGE_PAGE_NBYTES),
        (HUGE_PAGE_NBYTES + 4096, HUGE_PAGE_NBYTES),
        (5 * HUGE_PAGE_NBYTES - 64, 5 * HUGE_PAGE_NBYTES),
    ],
)
def test_only_pages_that_are_filled_are_huge(nbytes: int, huge: int) -> None:
    assert huge_page_share(nbytes) == huge
    assert arena_of(nbytes).huge_nbytes in (0, huge)  # 0 where there are none.
    plan = plan_arena([BufferRequest("b", nbytes, 0, 0)])
    assert Arena(plan, huge_pages=False).huge_nbytes == 0


def test_huge_pages_are_granted_where_the_system_has_them() -> None:
    """Shared memory would get none, silently."""
    state = huge_page_state()
    if state.mode not in ("always", "madvise"):
        pytest.skip(f"transparent huge pages: {state.mode}")
    before = huge_page_state().granted_nbytes
    kept = []
    for _ in range(8):  # One may fail where memory is in small pieces.
        kept.append(arena_of(4 * HUGE_PAGE_NBYTES))
        kept[-1].view("b0", (4 * HUGE_PAGE_NBYTES,), np.uint8).fill(1)
        if huge_page_state().granted_nbytes > before:
            return
    pytest.skip("the system has no huge page free")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("nbytes", [64, HUGE_PAGE_NBYTES])
def test_a_forked_child_has_its_own_memory(nbytes: int) -> None:
    arena = arena_of(nbytes)
    child = os.fork()
    if child == 0:
        arena.view("b0", (16,), np.uint8).fill(7)
        os._exit(0)
    assert os.waitpid(child, 0) == (child, 0)
    assert not arena.view("b0", (16,), np.uint8).any()


def test_views_beyond_the_plan_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 80"):
        arena_of(64).view("b0", (20,), np.float32)
    with pytest.raises(KeyError):
        arena_of(64).view("z", (1,), np.float32)


def test_the_state_of_huge_pages_is_read(tmp_path: Path) -> None:
    setting = tmp_path / "sys/kernel/mm/transparent_hugepage/enabled"
    setting.parent.mkdir(parents=True)
    setting.write_text("always [madvise] never\n")
    rollup = tmp_path / "proc/self/smaps_rollup"
    rollup.parent.mkdir(parents=True)
    rollup.write_text("Rss:      44644 kB\nAnonHugePages:      4096 kB\n")
    assert read_huge_page_state(tmp_path) == ("madvise", 4 << 20)
    assert read_huge_page_state(tmp_path / "none") == ("none", 0)
