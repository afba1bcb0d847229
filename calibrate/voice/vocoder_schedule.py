"""How long and how fast the vocoder is trained; counted in steps, never in minutes."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class VocoderSchedule:
    """Everything that decides the result of a run besides the data."""

    seed: int = 1
    batch: int = 12
    """Crops a step."""
    frames: int = 64
    """Frames a crop."""
    reconstruction_steps: int = 4000
    """Phase 1: losses against the recording only."""
    adversarial_steps: int = 1800
    """Phase 2: with discriminators."""
    learning_rate: float = 2e-3
    """Peak of phase 1."""
    adversarial_rate: float = 6e-4
    """Start of phase 2, both networks."""
    final_ratio: float = 0.1
    """Learning rate at the end of a phase over that at its start."""
    warmup: int = 200
    """Steps until the learning rate of a phase is reached."""
    discriminator_lead: int = 100
    """Steps of phase 2 during which the vocoder does not listen to it yet."""
    adversarial_weight: float = 1.0
    matching_weight: float = 4.0
    predicted_share: float = 0.0
    """How often the mel of the acoustic model stands in for the recording's."""

    @property
    def total_steps(self) -> int:
        """Steps of both phases."""
        return self.reconstruction_steps + self.adversarial_steps

    def is_adversarial(self, step: int) -> bool:
        """Whether the step belongs to phase 2."""
        return step >= self.reconstruction_steps

    def rate(self, step: int) -> float:
        """Learning rate: linear warm-up, then half a cosine, in each phase."""
        if self.is_adversarial(step):
            step -= self.reconstruction_steps
            peak, length = self.adversarial_rate, self.adversarial_steps
        else:
            peak, length = self.learning_rate, self.reconstruction_steps
        cosine = 0.5 + 0.5 * math.cos(math.pi * step / max(1, length))
        ratio = self.final_ratio + (1 - self.final_ratio) * cosine
        return peak * ratio * min(1.0, (step + 1) / self.warmup)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for checkpoints."""
        return asdict(self)
