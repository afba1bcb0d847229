"""Model families: descriptions of networks, one file each."""

from __future__ import annotations

from typing import Final

from edge_tts.models.base import ModelFamily
from edge_tts.models.edge1 import EDGE1

FAMILIES: Final[dict[str, ModelFamily]] = {EDGE1.id: EDGE1}
