from __future__ import annotations

from itertools import islice

import pytest

from edge_tts.adaptation.cost_line import CostLine
from edge_tts.adaptation.ladder import Rung
from edge_tts.adaptation.live_chunks import LiveChunks
from edge_tts.backends.plan import ChunkPolicy

FRAME_S = 0.01


class Reserve:
    """What chunks ask for; a chunk of n seconds takes ``fixed + slope * n``."""

    def __init__(self, fixed: float, slope: float) -> None:
        self.rung = Rung.PLANNED
        self.lead_s: float | None = 5.0
        self.cost = CostLine()
        for made in (0.1, 0.2, 0.4):
            self.cost.observe(made, fixed + slope * made)

    def sizes(self) -> LiveChunks:
        return LiveChunks(ChunkPolicy(8, 48, 2.0, False), self, FRAME_S)


def test_as_planned_with_reserve() -> None:
    assert list(islice(Reserve(0.0, 0.1).sizes().sizes(), 5)) == [8, 16, 32, 48, 48]


def test_smaller_while_the_reserve_is_small() -> None:
    reserve = Reserve(0.0, 0.5)
    sizes = reserve.sizes().sizes()
    list(islice(sizes, 5))
    reserve.lead_s = 0.2  # Half of it makes 0.2 s of speech.
    assert next(sizes) == 20
    reserve.lead_s = 0.0
    assert next(sizes) == 48  # Too late: smaller ones would only cost more.


def test_larger_while_it_costs_little() -> None:
    reserve = Reserve(0.6, 0.01)
    reserve.rung, reserve.lead_s = Rung.LARGER_CHUNKS, 0.0
    assert list(islice(reserve.sizes().sizes(), 7)) == [8, 16, 32, 64, 128, 192, 192]


def test_no_larger_where_everything_costs_by_length() -> None:
    reserve = Reserve(0.0, 0.9)
    reserve.rung, reserve.lead_s = Rung.LARGER_CHUNKS, 0.1
    sizes = reserve.sizes().sizes()
    assert max(islice(sizes, 20)) <= 60
    reserve.lead_s = 4.0
    assert max(islice(sizes, 20)) == 192


def test_the_line_finds_both_parts_and_follows_changes() -> None:
    cost = Reserve(0.2, 0.3).cost
    assert cost.per_chunk_s == pytest.approx(0.2)
    assert cost.per_second == pytest.approx(0.3)
    for _ in range(20):
        for made in (0.1, 0.4):
            cost.observe(made, 0.05 + 1.0 * made)
    assert cost.predict(1.0) == pytest.approx(1.05, rel=0.02)


def test_one_length_says_nothing_of_others() -> None:
    cost = CostLine()
    assert cost.predict(1.0) == 0.0
    for _ in range(3):
        cost.observe(0.5, 0.1)
    assert cost.predict(1.0) == pytest.approx(0.2)
