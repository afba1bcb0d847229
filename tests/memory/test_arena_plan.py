from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.memory.arena_plan import ALIGNMENT, BufferRequest, aligned, plan_arena


@st.composite
def buffer_requests(draw: st.DrawFn) -> list[BufferRequest]:
    sizes = draw(st.lists(st.integers(0, 5000), min_size=1, max_size=30))
    requests = []
    for index, nbytes in enumerate(sizes):
        first = draw(st.integers(0, 20))
        last = first + draw(st.integers(0, 10))
        requests.append(BufferRequest(f"b{index}", nbytes, first, last))
    return requests


def first_fit_peak(requests: list[BufferRequest]) -> int:
    """What a stack-like planner in order of the first step would need."""
    placed: list[tuple[int, BufferRequest]] = []
    for request in sorted(requests, key=lambda r: (r.first_step, r.name)):
        end = max(
            (
                offset + aligned(other.nbytes)
                for offset, other in placed
                if other.lives_with(request)
            ),
            default=0,
        )
        placed.append((end, request))
    return max(offset + aligned(request.nbytes) for offset, request in placed)


def best_fit_peak(requests: list[BufferRequest]) -> int:
    """What best fit in order of size needs, found by trying every place there is."""
    placed: list[tuple[int, BufferRequest]] = []
    for request in sorted(requests, key=lambda r: (-r.nbytes, r.first_step, r.name)):
        size = aligned(request.nbytes)
        taken = [
            (offset, offset + aligned(other.nbytes))
            for offset, other in placed
            if other.lives_with(request)
        ]
        tightest: tuple[float, int] | None = None
        for start in {0, *(end for _, end in taken)}:
            if any(start < end and first < start + size for first, end in taken):
                continue
            if any(first <= start < end for first, end in taken):
                continue
            above = [first for first, _ in taken if first >= start]
            room = min(above) - start if above else float("inf")
            if tightest is None or (room, start) < tightest:
                tightest = (room, start)
        assert tightest is not None
        placed.append((tightest[1], request))
    return max(offset + aligned(request.nbytes) for offset, request in placed)


def live_nbytes(requests: list[BufferRequest], step: int) -> int:
    return sum(
        aligned(request.nbytes)
        for request in requests
        if request.first_step <= step <= request.last_step
    )


@given(buffer_requests())
def test_live_buffers_never_overlap(requests: list[BufferRequest]) -> None:
    plan = plan_arena(requests)
    for one in requests:
        start = plan.offsets[one.name]
        assert start % ALIGNMENT == 0
        assert 0 <= start <= start + one.nbytes <= plan.peak_nbytes
        for other in requests:
            if one.name < other.name and one.lives_with(other):
                begin = plan.offsets[other.name]
                apart = start + one.nbytes <= begin or begin + other.nbytes <= start
                assert apart or not one.nbytes or not other.nbytes


@given(buffer_requests())
def test_peak_lies_between_need_and_simpler_planners(
    requests: list[BufferRequest],
) -> None:
    peak = plan_arena(requests).peak_nbytes
    assert peak >= max(live_nbytes(requests, step) for step in range(31))
    assert peak <= first_fit_peak(requests)
    assert peak <= best_fit_peak(requests)
    assert peak <= sum(aligned(request.nbytes) for request in requests)


@given(buffer_requests())
def test_the_same_requests_give_the_same_plan(requests: list[BufferRequest]) -> None:
    assert plan_arena(requests) == plan_arena(list(requests))


def test_a_chain_of_steps_needs_two_buffers() -> None:
    chain = [BufferRequest(f"b{i}", 640, i, i + 1) for i in range(50)]
    assert plan_arena(chain).peak_nbytes == 1280


def test_impossible_requests_are_refused() -> None:
    with pytest.raises(ValueError, match="unique"):
        plan_arena([BufferRequest("a", 1, 0, 0), BufferRequest("a", 1, 1, 1)])
    with pytest.raises(ValueError, match="impossible"):
        plan_arena([BufferRequest("a", 1, 3, 2)])
