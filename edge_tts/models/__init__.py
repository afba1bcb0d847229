"""Model families: descriptions of networks, one file each."""

from __future__ import annotations

from typing import Final

from edge_tts.models.base import ModelFamily
from edge_tts.models.edge1 import EDGE1
from edge_tts.models.mel_vocoder import MEL_VOCODER
from edge_tts.models.sopro import SOPRO_1, SOPRO_1_5

FAMILIES: Final[dict[str, ModelFamily]] = {
    family.id: family for family in (EDGE1, MEL_VOCODER, SOPRO_1_5, SOPRO_1)
}
