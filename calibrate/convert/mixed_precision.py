"""Which layers of a vocoder run in int8: those that the ear does not miss.

Every product is made int8 by itself and the sound compared: log-mels show what late
layers add to quiet bands, the noise of the samples what early layers do to pitch and
voicing. Errors of different layers are as good as independent, so their squares add;
layers are taken in the order of arithmetic saved per square until a budget is spent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.evaluate.recordings import MelClip
from calibrate.evaluate.sound_distance import sqnr_db
from calibrate.evaluate.vocoder_variants import synthesize_all
from calibrate.graphs.native_tensors import build_native_int8
from calibrate.voice.mel import log_mel
from edge_tts.backends.native_session import NativeSession
from edge_tts.network.int8_product import PRODUCT_LAYERS
from edge_tts.network.stack_spec import StackSpec

LOG_MEL_BUDGET: Final = 0.04
"""Log-mel L1 in nat that int8 may cost; the gate is at 0.05."""
SQNR_BUDGET_DB: Final = 33.0
"""Least signal over noise of the samples; at 30 dB voicing misses its gate."""
MIN_CHANNELS: Final = 16
"""Narrower products are not faster in int8: scaling costs more than multiplying."""
_LOG = logging.getLogger(__name__)
Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class LayerDamage:
    """What one layer in int8 costs and saves."""

    name: str
    log_mel_l1: float
    """Distance from fp32 with this layer alone in int8, nat."""
    sqnr_db: float
    """Signal over noise of the samples, likewise."""
    multiply_adds: float
    """Per frame."""

    @property
    def spent(self) -> float:
        """Share of the budget, which is 1."""
        noise = 10 ** ((SQNR_BUDGET_DB - self.sqnr_db) / 10)
        return float(max((self.log_mel_l1 / LOG_MEL_BUDGET) ** 2, noise))


@dataclass(frozen=True)
class Assignment:
    """Which products stay in float."""

    float_layers: frozenset[str]
    damages: tuple[LayerDamage, ...]
    """Of every product that may run in int8, the most harmful first."""
    int8_share: float
    """Share of the multiply-adds that run in int8."""


def assign_precisions(
    spec: StackSpec,
    tensors: Tensors,
    clips: Sequence[MelClip],
) -> Assignment:
    """Choose the layers; needs the kernel library.

    Args:
        spec: A mel vocoder.
        tensors: Its float32 tensors.
        clips: Recordings to listen to; short ones suffice.
    """
    products = {lay.name: lay for lay in spec.layers if isinstance(lay, PRODUCT_LAYERS)}
    work = {
        name: float(
            layer.multiply_adds(spec.layer_inputs(layer)) * spec.values[name].rate
        )
        for name, layer in products.items()
    }
    reference = _sounds(spec, tensors, clips)

    def damage(name: str, int8: set[str]) -> LayerDamage:
        made = build_native_int8(spec, tensors, frozenset(products.keys() - int8))
        pairs = list(zip(reference, _sounds(*made, clips), strict=True))
        distances = [np.abs(log_mel(a) - log_mel(b)).mean() for a, b in pairs]
        ratios = [sqnr_db(a, b) for a, b in pairs]
        saved = sum(work[layer] for layer in int8)
        return LayerDamage(
            name, float(np.mean(distances)), float(np.mean(ratios)), saved
        )

    wide = [
        name
        for name, layer in products.items()
        if min(layer.channels, spec.layer_inputs(layer)[0].channels) >= MIN_CHANNELS
    ]
    damages = []
    for index, name in enumerate(wide):
        damages.append(damage(name, {name}))
        if index % 10 == 9:
            _LOG.info("%d of %d layers measured", index + 1, len(wide))
    damages.sort(key=lambda item: -item.spent)
    chosen = _within_budget(damages)
    while chosen and damage("all", chosen).spent > 1:
        worst = max((d for d in damages if d.name in chosen), key=_price)
        _LOG.info("over budget together: %s stays in float", worst.name)
        chosen.discard(worst.name)
    share = sum(work[name] for name in chosen) / sum(work.values())
    return Assignment(frozenset(products.keys() - chosen), tuple(damages), share)


def _within_budget(damages: Sequence[LayerDamage]) -> set[str]:
    chosen: set[str] = set()
    spent = 0.0
    for damage in sorted(damages, key=_price):
        if spent + damage.spent <= 1:
            spent += damage.spent
            chosen.add(damage.name)
    return chosen


def _price(damage: LayerDamage) -> float:
    return damage.spent / damage.multiply_adds


def _sounds(
    spec: StackSpec, tensors: Tensors, clips: Sequence[MelClip]
) -> list[NDArray[np.float32]]:
    session = NativeSession(spec, tensors)
    return synthesize_all(session, spec.lookahead, clips)
