"""The adversaries of the vocoder: small, so that one core can train them."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from calibrate.voice.vocoder_config import SAMPLE_RATE
from calibrate.voice.vocoder_losses import magnitude, spectrogram


class Judgement(NamedTuple):
    """What one discriminator says: towards 1 means "a recording"."""

    score: Tensor
    features: list[Tensor]


class _SpectrumJudge(nn.Module):
    """Looks at a log-magnitude spectrogram between two frequencies."""

    def __init__(self, size: int, width: int, low: float, high: float) -> None:
        super().__init__()
        self.size = size
        self.first = round(low * size / SAMPLE_RATE)
        self.last = round(high * size / SAMPLE_RATE) + 1
        shapes = (
            ((1, width // 2), (7, 3), (3, 1), (3, 1)),
            ((width // 2, width), (5, 3), (3, 1), (2, 1)),
            ((width, width * 2), (5, 3), (2, 2), (2, 1)),
            ((width * 2, width * 2), (5, 3), (2, 1), (2, 1)),
        )
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(*channels, kernel, stride, padding))
            for channels, kernel, stride, padding in shapes
        )
        self.score = weight_norm(nn.Conv2d(width * 2, 1, 3, 1, 1))

    def forward(self, signal: Tensor) -> Judgement:
        spectrum = spectrogram(signal, self.size)[:, self.first : self.last]
        hidden = (torch.log(magnitude(spectrum) + 1e-4) / 3 + 1)[:, None]
        features = []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), 0.1)
            features.append(hidden)
        return Judgement(self.score(hidden), features)


class _PeriodJudge(nn.Module):
    """Looks at the waveform folded at a period of a few samples."""

    def __init__(self, period: int, width: int) -> None:
        super().__init__()
        self.period = period
        channels = (1, width, width * 2, width * 4, width * 4)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(a, b, (5, 1), (3, 1), (2, 0)))
            for a, b in itertools.pairwise(channels)
        )
        self.score = weight_norm(nn.Conv2d(channels[-1], 1, (3, 1), 1, (1, 0)))

    def forward(self, signal: Tensor) -> Judgement:
        rows = signal.shape[1] // self.period
        folded = signal[:, : rows * self.period]
        hidden = folded.reshape(len(signal), 1, rows, self.period)
        features = []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), 0.1)
            features.append(hidden)
        return Judgement(self.score(hidden), features)


class Discriminator(nn.Module):
    """Three spectra, one of them a close look at 1-5 kHz, and four periods."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.judges = nn.ModuleList(
            [
                _SpectrumJudge(1024, width, 0.0, 11025.0),
                _SpectrumJudge(256, width, 0.0, 11025.0),
                # Where splices of the recording gained most (prototype measurement).
                _SpectrumJudge(512, width + width // 2, 1000.0, 5000.0),
                *(_PeriodJudge(period, width) for period in (2, 3, 5, 7)),
            ]
        )

    def forward(self, signal: Tensor) -> list[Judgement]:
        """Judge (batch, samples)."""
        return [judge(signal) for judge in self.judges]


def discriminator_loss(real: list[Judgement], fake: list[Judgement]) -> Tensor:
    """Least squares; 0.5 when the discriminator is blind."""
    terms = [
        (1 - a.score).square().mean() + b.score.square().mean()
        for a, b in zip(real, fake, strict=True)
    ]
    return torch.stack(terms).mean()


def generator_losses(
    real: list[Judgement], fake: list[Judgement]
) -> tuple[Tensor, Tensor]:
    """Adversarial loss, and distance of the discriminator's features (relative)."""
    adversarial = torch.stack([(1 - each.score).square().mean() for each in fake])
    matching = [
        (a.detach() - b).abs().mean() / (a.detach().abs().mean() + 1e-3)
        for x, y in zip(real, fake, strict=True)
        for a, b in zip(x.features, y.features, strict=True)
    ]
    return adversarial.mean(), torch.stack(matching).mean()
