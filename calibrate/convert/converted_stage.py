"""One stage of a pack in the making: its network and how it may be quantised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.network.stack_spec import StackSpec


@dataclass(frozen=True)
class ConvertedStage:
    """A network with float32 tensors."""

    id: str
    """Of the stage in the manifest."""
    spec: StackSpec
    tensors: Mapping[str, NDArray[np.float32]]
    kind: str = "map"
    """``map`` or ``ar``; see ``edge_tts.packs.stage.KINDS``."""
    whole: bool = False
    """Whether an utterance must come in one call."""
    int8: bool = True
    """Whether an int8 variant is made."""
    float_layers: frozenset[str] = frozenset()
    """Products that stay in float there."""
    int8_quality: Mapping[str, float] = field(default_factory=dict)
    """What int8 loses against fp32, if it was measured; then it passes its gate."""
    loop: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the loop around the stage, as in the manifest."""
