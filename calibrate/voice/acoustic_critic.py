"""Judges pieces of mel spectrograms in the adversarial phase; never shipped."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

_CHANNELS = 16
_SLOPE = 0.2


class CriticScale(nn.Module):
    """One stack of convolutions; the stride sets how much it sees at once."""

    def __init__(self, stride: tuple[int, int]) -> None:
        super().__init__()
        few, many = _CHANNELS, 2 * _CHANNELS
        self.convs = nn.ModuleList(
            [
                weight_norm(nn.Conv2d(2, few, (3, 3), (2, 1), 1)),
                weight_norm(nn.Conv2d(few, many, (5, 3), stride, (2, 1))),
                weight_norm(nn.Conv2d(many, many, (5, 3), stride, (2, 1))),
                weight_norm(nn.Conv2d(many, many, (3, 3), (2, 1), 1)),
            ]
        )
        self.out = weight_norm(nn.Conv2d(many, 1, (3, 3), 1, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(batch, 2, 80, frames) to scores and the features of each layer."""
        features = []
        for conv in self.convs:
            image = functional.leaky_relu(conv(image), _SLOPE)
            features.append(image)
        return self.out(image), features


class Critic(nn.Module):
    """A fine and a coarse scale over crops of the normalised mel."""

    def __init__(self) -> None:
        super().__init__()
        self.scales = nn.ModuleList([CriticScale((2, 1)), CriticScale((2, 2))])

    def forward(self, mel: Tensor) -> list[tuple[Tensor, list[Tensor]]]:
        """(batch, frames, 80) to (scores, features) of each scale."""
        image = mel.transpose(1, 2)[:, None]
        # Convolutions do not know which band they are in; this channel tells them.
        height = torch.linspace(-1, 1, image.shape[2], dtype=image.dtype)
        image = torch.cat([image, height[:, None].expand_as(image)], dim=1)
        return [scale(image) for scale in self.scales]


def critic_loss(
    real: list[tuple[Tensor, list[Tensor]]], fake: list[tuple[Tensor, list[Tensor]]]
) -> Tensor:
    """Least squares: real towards 1, fake towards 0."""
    parts = [
        ((r.float() - 1) ** 2).mean() + (f.float() ** 2).mean()
        for (r, _), (f, _) in zip(real, fake, strict=True)
    ]
    return torch.stack(parts).sum()


def deception_loss(fake: list[tuple[Tensor, list[Tensor]]]) -> Tensor:
    """Least squares: fake towards 1, mean over the scales."""
    return torch.stack([((score.float() - 1) ** 2).mean() for score, _ in fake]).mean()


def feature_distance(
    real: list[tuple[Tensor, list[Tensor]]], fake: list[tuple[Tensor, list[Tensor]]]
) -> Tensor:
    """Mean L1 between the critic's features of real and fake."""
    parts = [
        (a.float() - b.float()).abs().mean()
        for (_, first), (_, second) in zip(real, fake, strict=True)
        for a, b in zip(first, second, strict=True)
    ]
    return torch.stack(parts).mean()
