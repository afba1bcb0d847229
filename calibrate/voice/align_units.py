"""Turns the tokens of one clip into a chain of HMM states; no acoustics here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_tts.text.phonemes import PAUSES, PHONEMES, SHORT_PAUSE, SILENCE, VOWELS

Token = tuple[str, int, int]
"""Symbol, stress, word position, as in ``edge_tts.text.phonemes``."""

STATES_PER_UNIT = 3
_WORD_START = 1
_UNSTRESSED = 1
_UNIT_NAMES = [SILENCE] + [
    phoneme + suffix
    for phoneme in PHONEMES
    for suffix in (("0", "1") if phoneme in VOWELS else ("",))
]
_UNIT_IDS = {name: index for index, name in enumerate(_UNIT_NAMES)}
NUM_STATES = len(_UNIT_NAMES) * STATES_PER_UNIT
SILENCE_STATES = tuple(range(STATES_PER_UNIT))


def _unit_id(token: Token) -> int:
    """All pauses share one model; vowels have a reduced and a full one."""
    symbol, stress, _ = token
    if symbol in PAUSES:
        return _UNIT_IDS[SILENCE]
    if symbol in VOWELS:
        return _UNIT_IDS[symbol + ("0" if stress == _UNSTRESSED else "1")]
    return _UNIT_IDS[symbol]


@dataclass(frozen=True)
class UnitChain:
    """The left-to-right states of one clip."""

    units: tuple[Token, ...]
    """Tokens, with an optional short pause put between any two unparted words."""
    states: NDArray[np.int64]
    """(S,) model state of each chain position."""
    skip_from: NDArray[np.int64]
    """(S,) position before an optional pause from which one may jump here, or -1."""
    owners: NDArray[np.int64]
    """(S,) index into ``units``."""
    optional: NDArray[np.bool_]
    """(units,) whether the unit may be absent."""


def build_chain(tokens: Sequence[Token]) -> UnitChain:
    """Lay out the states of a clip: edges must be present, inner pauses may be."""
    units: list[Token] = []
    optional: list[bool] = []
    if tokens[0][0] not in PAUSES:
        units.append((SILENCE, 0, 0))
        optional.append(False)
    for index, token in enumerate(tokens):
        if token[0] in PAUSES:
            optional.append(0 < index < len(tokens) - 1)
        else:
            if token[2] & _WORD_START and units[-1][0] not in PAUSES:
                units.append((SHORT_PAUSE, 0, 0))
                optional.append(True)
            optional.append(False)
        units.append(token)
    states, skip_from, owners = [], [], []
    for owner, token in enumerate(units):
        for k in range(STATES_PER_UNIT):
            may_skip = k == 0 and owner > 0 and optional[owner - 1]
            skip_from.append(len(states) - STATES_PER_UNIT - 1 if may_skip else -1)
            states.append(_unit_id(token) * STATES_PER_UNIT + k)
            owners.append(owner)
    return UnitChain(
        tuple(units),
        np.array(states),
        np.array(skip_from),
        np.array(owners),
        np.array(optional),
    )
