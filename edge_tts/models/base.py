"""What a model family is: a name, the stages it needs and what they must look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MORE: Final = "..."
"""Last name of a list that packs may go on with, such as one name per layer."""


@dataclass(frozen=True)
class StageNeed:
    """One stage that a pack of the family must declare."""

    id: str
    inputs: tuple[str, ...]
    """Names of the data inputs, states left out; may end with ``MORE``."""
    outputs: tuple[str, ...]
    streamed: bool
    """Whether the stage carries states from chunk to chunk."""


@dataclass(frozen=True)
class ModelFamily:
    """A network architecture: which stages run, in which order; no arithmetic."""

    id: str
    """Value of ``family`` in ``pack.json``."""
    stages: tuple[StageNeed, ...]
    constants: tuple[str, ...]
    """Names of the numbers that the pack must carry."""
    refusal: str = ""
    """Why a pack of the family cannot speak text; empty if it can."""
