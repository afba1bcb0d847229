"""Owns TokenSampler: logits to a token, with the quirks of the family it is for.

The same seed gives the same tokens on every machine: exp is the kernels', sums are
taken one after another, and chance comes from a counter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.engine.elementary import exp
from edge_tts.errors import PackError
from edge_tts.packs.sampler_step import SamplerStep

_MASK: Final = (1 << 64) - 1
_LARGEST: Final = np.float32(1e9)


@dataclass(frozen=True)
class SamplerSettings:
    """Numbers of one sampler, in the order they are applied."""

    temperature: float = 1.0
    penalty: float = 1.0
    """Divides the logits above 0 of recent tokens, multiplies those below."""
    penalty_window: int = 50
    top_k: int = 0
    """Most likely tokens that are kept; 0 keeps all."""
    top_p: float = 1.0
    """Share of the probability that is kept; 0 keeps the likeliest token alone."""
    loop_shortest: int = 0
    """Shortest repeated end that counts as a loop; 0 looks for none."""
    loop_longest: int = 0
    loop_streak: int = 0
    """Repetitions of one token that count as a loop."""
    loop_top_p: float = 1.0
    loop_temperature: float = 1.0

    @classmethod
    def from_steps(cls, steps: Sequence[SamplerStep]) -> SamplerSettings:
        """Read the sampler of a pack.

        Raises:
            PackError: It has steps in an order this sampler does not have.
        """
        found = {step.op: step.parameters for step in steps}
        order = [op for op in _ORDER if op in found]
        if [step.op for step in steps] != order:
            listed = ", ".join(step.op for step in steps)
            raise PackError(
                f"sampler: expected the steps {', '.join(_ORDER)} in this order, got "
                f"{listed}"
            )
        empty: Mapping[str, float] = {}
        loop = found.get("anti_loop", empty)
        penalty = found.get("repetition_penalty", empty)
        return cls(
            temperature=float(found.get("temperature", empty).get("value", 1.0)),
            penalty=float(penalty.get("value", 1.0)),
            penalty_window=int(penalty.get("window", 0)),
            top_k=int(found.get("top_k", empty).get("value", 0)),
            top_p=float(found.get("top_p", empty).get("value", 1.0)),
            loop_shortest=int(loop.get("shortest", 0)),
            loop_longest=int(loop.get("longest", 0)),
            loop_streak=int(loop.get("streak", 0)),
            loop_top_p=float(loop.get("top_p", 1.0)),
            loop_temperature=float(loop.get("temperature", 1.0)),
        )


_ORDER: Final = ("temperature", "repetition_penalty", "top_k", "top_p", "anti_loop")


class TokenSampler:
    """Draws the tokens of one utterance after another.

    Args:
        settings: Numbers of the pack, with those of the caller in their place.
    """

    def __init__(self, settings: SamplerSettings) -> None:
        self._settings = settings
        self._history: list[int] = []
        self._streak = 0
        self._seed = 0

    @property
    def history(self) -> Sequence[int]:
        """Tokens drawn since the start of the utterance."""
        return self._history

    def start(self, settings: SamplerSettings, seed: int) -> None:
        """Begin an utterance."""
        self._settings = settings
        self._seed = seed
        self._history = []
        self._streak = 0

    def draw(self, logits: NDArray[np.float32]) -> int:
        """Draw the next token from (N,) logits."""
        ids, shares = self.shares(logits)
        target = unit_number(self._seed, len(self._history)) * float(shares.sum())
        place = int(np.searchsorted(np.cumsum(shares), target, side="right"))
        token = int(ids[min(place, len(ids) - 1)])
        self.take(token)
        return token

    def take(self, token: int) -> None:
        """Go on as if a token had been drawn."""
        same = bool(self._history) and self._history[-1] == token
        self._streak = self._streak + 1 if same else 0
        self._history.append(token)

    def shares(
        self, logits: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Tokens that can be drawn next, the likeliest first, and their weights."""
        settings = self._settings
        if self._loops():
            settings = replace(
                settings,
                top_p=settings.loop_top_p,
                temperature=settings.loop_temperature,
            )
        scores = np.nan_to_num(
            logits, nan=-_LARGEST, posinf=_LARGEST, neginf=-_LARGEST
        ).astype(np.float32)
        scores /= np.float32(settings.temperature)
        self._penalize(scores)
        count = min(settings.top_k or len(scores), len(scores))
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        known = np.flatnonzero(scores >= least)
        ids = known[np.argsort(-scores[known], kind="stable")][:count]
        powers = exp((scores[ids] - scores[ids[0]]).astype(np.float32))
        shares = powers.astype(np.float64)
        sums = np.cumsum(shares)
        # A token goes when those before it have more than top_p; the first one stays.
        keep = np.r_[True, sums[:-1] <= settings.top_p * sums[-1]]
        if settings.top_p < 1.0:
            ids, shares = ids[keep], shares[keep]
        return ids, shares

    def _penalize(self, scores: NDArray[np.float32]) -> None:
        settings = self._settings
        if settings.penalty == 1.0 or not self._history:
            return
        recent = list(set(self._history[-settings.penalty_window :]))
        values, penalty = scores[recent], np.float32(settings.penalty)
        scores[recent] = np.where(values < 0, values * penalty, values / penalty)

    def _loops(self) -> bool:
        settings, history = self._settings, self._history
        if not settings.loop_shortest:
            return False
        longest = min(settings.loop_longest, len(history) // 2)
        return self._streak >= settings.loop_streak or any(
            history[-size:] == history[-2 * size : -size]
            for size in range(settings.loop_shortest, longest + 1)
        )


def unit_number(seed: int, index: int) -> float:
    """A number in [0, 1) that seed and index alone decide.

    SplitMix64 (G. Steele, D. Lea, C. Flood: Fast Splittable Pseudorandom Number
    Generators, 2014), the seed's stream entered at the index.
    """
    state = (_mixed(seed & _MASK) + (index + 1) * 0x9E3779B97F4A7C15) & _MASK
    return (_mixed(state) >> 11) * 2.0**-53


def _mixed(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
