"""Which layers of a vocoder run in int8: those that the ear does not miss.

Every product is made int8 by itself and the log-mel distance of the sound measured.
Errors of different layers are as good as independent, so their squares add; layers are
taken in the order of arithmetic saved per squared distance until the budget is spent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibrate.evaluate.recordings import MelClip
from calibrate.evaluate.vocoder_variants import synthesize_all
from calibrate.graphs.native_tensors import build_native_int8
from calibrate.voice.mel import log_mel
from edge_tts.backends.native_session import NativeSession
from edge_tts.network.int8_product import PRODUCT_LAYERS
from edge_tts.network.stack_spec import StackSpec

BUDGET: Final = 0.03
"""Log-mel L1 in nat that int8 may cost: at 0.04 voicing misses its gate."""
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
    multiply_adds: float
    """Per frame."""


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
    budget: float = BUDGET,
) -> Assignment:
    """Choose the layers; needs the kernel library.

    Args:
        spec: A mel vocoder.
        tensors: Its float32 tensors.
        clips: Recordings to listen to; short ones suffice.
        budget: Log-mel L1 in nat that int8 may cost in all.
    """
    products = {lay.name: lay for lay in spec.layers if isinstance(lay, PRODUCT_LAYERS)}
    work = {
        name: float(
            layer.multiply_adds(spec.layer_inputs(layer)) * spec.values[name].rate
        )
        for name, layer in products.items()
    }
    reference = _mels(spec, tensors, clips)

    def distance(int8: set[str]) -> float:
        made = build_native_int8(spec, tensors, frozenset(products.keys() - int8))
        return _distance(reference, _mels(*made, clips))

    wide = [
        name
        for name, layer in products.items()
        if min(layer.channels, spec.layer_inputs(layer)[0].channels) >= MIN_CHANNELS
    ]
    damages = []
    for index, name in enumerate(wide):
        damages.append(LayerDamage(name, distance({name}), work[name]))
        if index % 10 == 9:
            _LOG.info("%d of %d layers measured", index + 1, len(wide))
    damages.sort(key=lambda damage: -damage.log_mel_l1)
    chosen = _within(budget, damages)
    while chosen and distance(chosen) > budget:
        worst = max((d for d in damages if d.name in chosen), key=_price)
        _LOG.info("over budget together: %s stays in float", worst.name)
        chosen.discard(worst.name)
    share = sum(work[name] for name in chosen) / sum(work.values())
    return Assignment(frozenset(products.keys() - chosen), tuple(damages), share)


def _within(budget: float, damages: Sequence[LayerDamage]) -> set[str]:
    chosen: set[str] = set()
    spent = 0.0
    for damage in sorted(damages, key=_price):
        if spent + damage.log_mel_l1**2 <= budget**2:
            spent += damage.log_mel_l1**2
            chosen.add(damage.name)
    return chosen


def _price(damage: LayerDamage) -> float:
    return damage.log_mel_l1**2 / damage.multiply_adds


def _mels(
    spec: StackSpec, tensors: Tensors, clips: Sequence[MelClip]
) -> list[NDArray[np.float32]]:
    session = NativeSession(spec, tensors)
    sounds = synthesize_all(session, spec.lookahead, clips)
    return [log_mel(sound) for sound in sounds]


def _distance(
    reference: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]
) -> float:
    pairs = zip(reference, found, strict=True)
    return float(np.mean([np.abs(a - b).mean() for a, b in pairs]))
