"""The letter-to-sound network in torch; the runtime has its twin in NumPy."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from edge_tts.text.letter_to_sound import ALPHABET, HISTORY

LETTER_SIZE: Final = 48
CHANNELS: Final = 112
LAYERS: Final = 4
KERNEL: Final = 5
CHUNK_SIZE: Final = 32
HIDDEN: Final = 160


class LetterNetwork(nn.Module):
    """Convolutions over letters, then a classifier that also sees the last chunks.

    Args:
        num_chunks: Output classes; id ``num_chunks`` stands for "before the word".
    """

    def __init__(self, num_chunks: int) -> None:
        super().__init__()
        self.letters = nn.Embedding(len(ALPHABET) + 1, LETTER_SIZE, padding_idx=0)
        self.first = nn.Conv1d(LETTER_SIZE, CHANNELS, KERNEL, padding=KERNEL // 2)
        self.layers = nn.ModuleList(
            nn.Conv1d(CHANNELS, CHANNELS, KERNEL, padding=KERNEL // 2)
            for _ in range(LAYERS)
        )
        self.chunks = nn.Embedding(num_chunks + 1, CHUNK_SIZE)
        self.stressed = nn.Embedding(2, HIDDEN)
        self.hidden = nn.Linear(CHANNELS, HIDDEN)
        self.past = nn.Linear(HISTORY * CHUNK_SIZE, HIDDEN, bias=False)
        self.output = nn.Linear(HIDDEN, num_chunks)
        self.dropout = nn.Dropout(0.1)

    def forward(self, letters: Tensor, past: Tensor, stressed: Tensor) -> Tensor:
        """Logits (B, T, chunks).

        Args:
            letters: (B, T) ids, 0 behind the word.
            past: (B, T, HISTORY) chunk ids before each letter, the nearest first.
            stressed: (B, T) 1 once the main stress has been given.
        """
        mask = (letters > 0).unsqueeze(1)
        x = self.letters(letters).transpose(1, 2)
        x = F.relu(self.first(x)) * mask
        for layer in self.layers:
            x = x + F.relu(layer(_normalise(x) * mask)) * mask
            x = self.dropout(x)
        y = self.hidden(_normalise(x).transpose(1, 2))
        y = y + self.past(self.chunks(past).flatten(2)) + self.stressed(stressed)
        return self.output(self.dropout(F.relu(y)))


def _normalise(x: Tensor) -> Tensor:
    mean = x.mean(1, keepdim=True)
    variance = (x - mean).square().mean(1, keepdim=True)
    return (x - mean) * torch.rsqrt(variance + 1e-5)
