"""The sampler's steps, their order, and its chance."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from edge_tts.engine.token_sampler import SamplerSettings, TokenSampler, unit_number
from edge_tts.errors import PackError
from edge_tts.packs.sampler_step import SamplerStep

PACK = SamplerSettings(
    temperature=1.05,
    penalty=1.1,
    penalty_window=50,
    top_k=50,
    top_p=0.9,
    loop_shortest=3,
    loop_longest=16,
    loop_streak=8,
    loop_top_p=0.85,
    loop_temperature=1.2,
)


def reference_shares(
    logits: np.ndarray, history: list[int], temperature: float, top_p: float
) -> dict[int, float]:
    """The published order: temperature, penalty, softmax, top-k, top-p."""
    x = logits.astype(np.float64) / temperature
    for token in set(history[-50:]):
        x[token] = x[token] * 1.1 if x[token] < 0 else x[token] / 1.1
    shares = np.exp(x - x.max())
    shares /= shares.sum()
    order = np.argsort(-shares, kind="stable")[:50]
    kept = shares[order] / shares[order].sum()
    before = np.cumsum(kept) - kept
    keep = before <= top_p
    keep[0] = True
    kept = np.where(keep, kept, 0)
    kept /= kept.sum()
    return {int(t): float(s) for t, s in zip(order, kept, strict=True) if s}


def normal(seed: int, size: int = 300) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return (2 * generator.standard_normal(size)).astype(np.float32)


def with_history(tokens: list[int], settings: SamplerSettings = PACK) -> TokenSampler:
    sampler = TokenSampler(settings)
    sampler.start(settings, 0)
    for token in tokens:
        sampler.take(token)
    return sampler


@pytest.mark.parametrize("history", [[], [1, 2, 3], list(range(200, 270))])
def test_weights_follow_the_published_order(history: list[int]) -> None:
    for seed in range(5):
        logits = normal(seed)
        ids, shares = with_history(history).shares(logits)
        expected = reference_shares(logits, history, 1.05, 0.9)
        assert dict(zip(ids.tolist(), shares / shares.sum(), strict=True)) == (
            pytest.approx(expected, rel=1e-5)
        )


@pytest.mark.parametrize(
    ("history", "loops"),
    [
        ([1, 2, 3, 1, 2, 3], True),
        ([9, 1, 2, 3, 4, 1, 2, 3, 4], True),
        ([1, 2, 1, 2], False),
        ([1, 2, 3, 1, 2, 4], False),
        ([4, 5, 7, 7], False),
        ([*range(17), *range(17)], False),
        ([*range(16), *range(16)], True),
    ],
)
def test_a_repeated_end_is_a_loop(history: list[int], loops: bool) -> None:
    logits = normal(7)
    ids, shares = with_history(history).shares(logits)
    pair = (1.2, 0.85) if loops else (1.05, 0.9)
    expected = reference_shares(logits, history, *pair)
    assert set(ids.tolist()) == set(expected)
    assert shares[0] / shares.sum() == pytest.approx(expected[int(ids[0])], rel=1e-5)


def test_top_p_of_zero_takes_the_likeliest() -> None:
    logits = normal(3)
    sampler = with_history([], replace(PACK, top_p=0.0))
    assert sampler.draw(logits) == int(logits.argmax())


def test_ties_go_to_the_lower_token() -> None:
    sampler = with_history([], SamplerSettings(top_k=2, top_p=0.0))
    logits = np.zeros(9, np.float32)
    assert sampler.draw(logits) == 0
    ids, _ = with_history([], SamplerSettings(top_k=3)).shares(logits)
    assert ids.tolist() == [0, 1, 2]


def test_numbers_that_are_none_do_not_stop_it() -> None:
    logits = normal(1)
    logits[[3, 4, 5]] = np.nan, np.inf, -np.inf
    assert with_history([]).draw(logits) == 4


def test_draws_follow_the_weights() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.2], np.float32))
    counts = np.zeros(3)
    for seed in range(1500):
        sampler = TokenSampler(SamplerSettings())
        sampler.start(SamplerSettings(), seed)
        counts[sampler.draw(logits)] += 1
    np.testing.assert_allclose(counts / 1500, [0.5, 0.3, 0.2], atol=0.05)


def test_chance_is_a_function_of_seed_and_place() -> None:
    numbers = [unit_number(7, place) for place in range(1000)]
    assert numbers == [unit_number(7, place) for place in range(1000)]
    assert len(set(numbers)) == 1000 and all(0 <= n < 1 for n in numbers)
    assert unit_number(8, 0) != numbers[0]
    # Fixed for good: a change would change what every seed says.
    assert [round(unit_number(s, i), 9) for s, i in ((0, 0), (1, 5))] == FIXED


FIXED = [0.70121211, 0.626266603]


def step(op: str, **parameters: float) -> SamplerStep:
    return SamplerStep(op, MappingProxyType(parameters))


def test_settings_are_read_from_a_pack() -> None:
    steps = [
        step("temperature", value=1.05),
        step("repetition_penalty", value=1.1, window=50, include_prompt=False),
        step("top_k", value=50),
        step("top_p", value=0.9),
        step(
            "anti_loop", shortest=3, longest=16, streak=8, top_p=0.85, temperature=1.2
        ),
    ]
    assert SamplerSettings.from_steps(steps) == PACK
    with pytest.raises(PackError, match="in this order"):
        SamplerSettings.from_steps(steps[::-1])
    with pytest.raises(PackError, match="in this order"):
        SamplerSettings.from_steps([step("nucleus", top_p=0.9, top_k=5)])
