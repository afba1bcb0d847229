"""Exponential moving average of a network's weights, the weights that are shipped."""

from __future__ import annotations

import copy

import torch
from torch import nn


class AveragedNetwork(nn.Module):
    """A copy of a network that follows it slowly."""

    def __init__(self, network: nn.Module, decay: float = 0.999) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards ``network``; faster during the first steps."""
        decay = min(self._decay, step / (step + 20.0))
        pairs = zip(self.network.parameters(), network.parameters(), strict=True)
        for average, current in pairs:
            average.lerp_(current, 1 - decay)
