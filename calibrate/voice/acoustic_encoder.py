"""Stages ``encoder`` and ``conditioner``: phonemes to vectors, durations and contours.

Both look to both sides but only a fixed number of tokens far, so that a clause can be
encoded without the rest of the text.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from calibrate.voice.acoustic_config import AcousticConfig
from calibrate.voice.acoustic_layers import TapLinear

_EMBEDDING_SCALE = 0.5
_ENCODER_DROPOUT = 0.1
_DURATION_DROPOUT = 0.3
_TYPICAL_LOG_FRAMES = 1.9
"""log(frames + 1) of an average phoneme: where training starts."""
_CONTOUR_DROPOUT = 0.35
"""Three thousand clips of 1,300 sentences: contours are learned by heart without it."""


class TokenEmbedding(nn.Module):
    """Sum of the embeddings of symbol, stress, word position and speaker."""

    def __init__(self, config: AcousticConfig, width: int) -> None:
        super().__init__()
        self.symbol = nn.Embedding(config.num_symbols, width)
        self.stress = nn.Embedding(config.num_stresses, width)
        self.word_position = nn.Embedding(config.num_word_positions, width)
        self.speaker = nn.Embedding(config.num_speakers, width)
        for table in (self.symbol, self.stress, self.word_position, self.speaker):
            nn.init.normal_(table.weight, 0.0, _EMBEDDING_SCALE)

    def forward(self, tokens: Tensor, speakers: Tensor) -> Tensor:
        """(batch, N, 3) and (batch, N) int64 to (batch, N, width)."""
        vectors: Tensor = self.symbol(tokens[..., 0]) + self.stress(tokens[..., 1])
        return vectors + self.word_position(tokens[..., 2]) + self.speaker(speakers)


class ConvBlock(nn.Module):
    """Residual: normalise, convolve, ReLU, mix."""

    def __init__(self, width: int, taps: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.conv = TapLinear(width, width, taps, dilation)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """(batch, N, width) to the same; the mask keeps the edges at zero."""
        update = self.out(functional.relu(self.conv(self.norm(rows) * mask)))
        return (rows + self.dropout(update)) * mask


class DurationHead(nn.Module):
    """Logarithm of expected frames plus one, from the encoder's vectors."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            TapLinear(config.width, config.width, config.duration_taps)
            for _ in range(config.duration_layers)
        )
        self.norms = nn.ModuleList(
            nn.LayerNorm(config.width) for _ in range(config.duration_layers)
        )
        self.out = nn.Linear(config.width, 1)
        nn.init.constant_(self.out.bias, _TYPICAL_LOG_FRAMES)
        self.dropout = nn.Dropout(_DURATION_DROPOUT)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """(batch, N, width) to (batch, N, 1)."""
        for conv, norm in zip(self.convs, self.norms, strict=True):
            rows = self.dropout(norm(functional.relu(conv(rows)))) * mask
        return self.out(rows)  # type: ignore[no-any-return]


class ContourNet(nn.Module):
    """Pitch and energy of each phoneme; shares nothing, so it can stop early alone."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        width = config.contour_width
        self.embedding = TokenEmbedding(config, width)
        self.blocks = nn.ModuleList(
            ConvBlock(width, config.encoder_taps, dilation, _CONTOUR_DROPOUT)
            for dilation in config.contour_dilations
        )
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(_CONTOUR_DROPOUT)
        self.out = nn.Linear(width, 2)

    def forward(self, tokens: Tensor, speakers: Tensor, mask: Tensor) -> Tensor:
        """(batch, N, 3), (batch, N) to (batch, N, 2)."""
        rows = self.embedding(tokens, speakers) * mask
        for block in self.blocks:
            rows = block(rows, mask)
        return self.out(self.dropout(self.norm(rows)))  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """Phonemes to vectors, durations, pitch and energy."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.embedding = TokenEmbedding(config, config.width)
        self.blocks = nn.ModuleList(
            ConvBlock(config.width, config.encoder_taps, dilation, _ENCODER_DROPOUT)
            for dilation in config.encoder_dilations
        )
        self.norm = nn.LayerNorm(config.width)
        self.duration = DurationHead(config)
        self.contour = ContourNet(config)

    def forward(
        self, tokens: Tensor, speakers: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Encode a batch of sentences.

        Args:
            tokens: (batch, N, 3) int64 symbol, stress, word position.
            speakers: (batch, N) int64.
            mask: (batch, N, 1) float32, 0 at padding.

        Returns:
            hidden: (batch, N, width).
            prosody: (batch, N, 3) log(expected frames + 1), F0 and energy z-scores.
        """
        rows = self.embedding(tokens, speakers) * mask
        for block in self.blocks:
            rows = block(rows, mask)
        hidden = self.norm(rows) * mask
        prosody = torch.cat(
            [self.duration(hidden, mask), self.contour(tokens, speakers, mask)], dim=2
        )
        return hidden, prosody * mask


class Conditioner(nn.Module):
    """Adds pitch and energy, whether real, predicted or changed, to the vectors."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.conv = TapLinear(2, config.width, 3)

    def forward(self, hidden: Tensor, pitch_energy: Tensor, mask: Tensor) -> Tensor:
        """(batch, N, width) and (batch, N, 2) to (batch, N, width)."""
        return (hidden + self.conv(pitch_energy * mask)) * mask
