"""The checks find what they are for, and leave good takes alone."""

from __future__ import annotations

import numpy as np
import pytest

from edge_tts.narrate.checks import take_problems
from edge_tts.narrate.power import PowerGuard
from edge_tts.narrate.tempo import predicted_seconds
from edge_tts.narrate.word_coverage import word_coverage

RATE = 22050
GOOD = np.random.default_rng(3).normal(0, 0.05, 3 * RATE).astype(np.float32)


def test_a_good_take_has_no_problem() -> None:
    assert take_problems(GOOD, RATE, 3.2, 0) == []


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        (GOOD * np.float32(0.001), "silent"),
        (GOOD[:RATE], "1.0 s long, 6.0 s expected"),
        (np.tile(GOOD, 10), "30.0 s long"),
        (np.where(np.arange(len(GOOD)) == 5, np.nan, GOOD), "not numbers"),
        (np.where(np.arange(len(GOOD)) // 10 == 99, 1.2, GOOD), "clipped"),
    ],
)
def test_bad_takes(samples: np.ndarray, problem: str) -> None:
    found = take_problems(samples.astype(np.float32), RATE, 6.0, 0)
    assert any(problem in text for text in found), found


def test_a_gap_inside_is_found() -> None:
    samples = np.concatenate([GOOD, np.zeros(3 * RATE, np.float32), GOOD])
    assert take_problems(samples, RATE, 8.0, 0) == ["a silence inside the sentence"]


def test_lost_words_are_named() -> None:
    text = "He said: don't, at 10:30!"
    assert word_coverage(text, ["He", "said", "don't", "at", "10:30"]) == (6, ())
    assert word_coverage(text, ["He", "don't", "at", "10:30"]).lost == ("said",)
    assert word_coverage(text, []).lost == ("He", "said", "don't", "at", "10", "30")


def test_longer_texts_take_longer() -> None:
    assert predicted_seconds("Yes.") < predicted_seconds("Yes, of course.")
    fast = predicted_seconds("Yes, of course.", tempo=2.0)
    assert fast == predicted_seconds("Yes, of course.") / 2.0


def test_no_guard_asks_for_nothing() -> None:
    def never(*unused: object) -> None:
        raise AssertionError("it waited")

    PowerGuard(False, None, never, never).wait()


def test_heat_makes_it_wait_until_it_is_cool(monkeypatch: pytest.MonkeyPatch) -> None:
    heat = iter([91.0, 85.0, 80.0])
    monkeypatch.setattr("edge_tts.narrate.power._hottest", lambda: next(heat))
    notes: list[str] = []
    slept: list[float] = []
    PowerGuard(False, 90.0, notes.append, slept.append).wait()
    assert notes == ["waiting: 91 degrees, the limit is 90", "going on"]
    assert len(slept) == 2
