from __future__ import annotations

import pytest

from edge_tts.backends.measured_plan import StageTime
from edge_tts.packs.streaming_spec import StreamingSpec
from edge_tts.tuning.core_sets import CoreSet
from edge_tts.tuning.decide import (
    SpokenCase,
    best_chunks,
    best_cores,
    estimate,
    safe_growth,
)
from edge_tts.tuning.speech_probe import Spoken

ONE, TWO, FOUR = (CoreSet(count, None) for count in (1, 2, 4))
USUAL = StreamingSpec("exact", 16, 48, 2.0, 0, 0.0)


def _cores(**rtf: float) -> CoreSet:
    sets = {
        "one": ONE,
        "two": TWO,
        "four": FOUR,
        "big": CoreSet(1, (4,)),
        "both": CoreSet(2, (4, 5)),
    }
    return best_cores(
        [SpokenCase(sets[name], 16, 48, Spoken(rtf[name], 0.01)) for name in rtf]
    )


@pytest.mark.parametrize(
    ("rtf", "chosen"),
    [
        ({"one": 0.1, "two": 0.06, "four": 0.04}, FOUR),
        ({"one": 0.1, "two": 0.09, "four": 0.08}, ONE),
        ({"one": 0.1, "two": 0.2, "four": 0.05}, FOUR),
        # One core loaded: the second thread waits for its processor.
        ({"one": 0.1, "two": 0.14}, ONE),
        ({"one": 0.1, "big": 0.09}, ONE),
        ({"one": 0.1, "big": 0.04}, CoreSet(1, (4,))),
        ({"one": 0.1, "big": 0.04, "two": 0.1, "both": 0.025}, CoreSet(2, (4, 5))),
    ],
)
def test_cores(rtf: dict[str, float], chosen: CoreSet) -> None:
    assert _cores(**rtf) == chosen


def _case(first: int, most: int, rtf: float, first_ms: float) -> SpokenCase:
    return SpokenCase(ONE, first, most, Spoken(rtf, first_ms / 1e3))


def test_equal_chunks_leave_the_pack_its_own() -> None:
    cases = [_case(8, 32, 0.0101, 2.0), _case(16, 48, 0.0104, 2.05)]
    assert best_chunks(cases, USUAL) == cases[1]


def test_chunks_by_speed_then_by_the_first_sound() -> None:
    cases = [
        _case(16, 48, 0.020, 5.0),
        _case(16, 96, 0.010, 5.0),
        _case(8, 96, 0.010, 2.0),
        _case(4, 96, 0.015, 1.0),
    ]
    assert best_chunks(cases, USUAL) == cases[2]


@pytest.mark.parametrize(
    ("rtf", "growth"), [(0.005, 2.0), (0.4, 2.0), (0.5, 1.6), (0.9, 1.0), (3.0, 1.0)]
)
def test_growth_never_outruns_the_sound(rtf: float, growth: float) -> None:
    assert safe_growth(rtf, 2.0) == growth


def test_estimate_takes_the_best_variant_of_every_stage() -> None:
    times = [
        StageTime("a", "ort:int8:static:a", 1, None, 10, 2.0),
        StageTime("a", "ort:fp32:none:b", 1, None, 10, 1.0),
        StageTime("b", "ort:fp32:none:c", 1, None, 10, 3.0),
        StageTime("b", "ort:fp32:none:c", 2, None, 10, 1.0),
    ]
    assert estimate(times, ONE) == pytest.approx(0.4)
    assert estimate(times, FOUR) == float("inf")
