"""Trains the network with the true past given; seeded, schedule by steps."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from calibrate.letter_to_sound.alignment import AlignedWord
from calibrate.letter_to_sound.dataset import LetterDataset
from calibrate.letter_to_sound.model import LetterNetwork
from edge_tts.text.letter_to_sound import ALPHABET, HISTORY

BATCH_WORDS: Final = 384
PEAK_RATE: Final = 3e-3
_LETTER_IDS: Final = {letter: index for index, letter in enumerate(ALPHABET, 1)}
_LOG = logging.getLogger(__name__)

Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def train(dataset: LetterDataset, epochs: int, seed: int) -> LetterNetwork:
    """Return the trained network, in evaluation mode."""
    torch.manual_seed(seed)
    generator = random.Random(seed)
    network = LetterNetwork(len(dataset.chunks))
    batches = _batches(dataset)
    total = epochs * len(batches)
    optimizer = torch.optim.AdamW(network.parameters(), PEAK_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_RATE, total_steps=total, pct_start=0.08
    )
    for epoch in range(epochs):
        generator.shuffle(batches)
        losses = 0.0
        for batch in batches:
            loss = _loss(network, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses += float(loss.detach())
        _LOG.info("epoch %d loss %.4f", epoch + 1, losses / len(batches))
    return network.eval()


def _loss(network: LetterNetwork, batch: Batch) -> Tensor:
    letters, past, stressed, targets = batch
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(letters, past, stressed)
    return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())


def _batches(dataset: LetterDataset) -> list[Batch]:
    """Words of like length together: little is wasted on padding."""
    chunk_ids = {chunk: index for index, chunk in enumerate(dataset.chunks)}
    words = sorted(dataset.training, key=lambda entry: len(entry.word))
    return [
        _batch(words[start : start + BATCH_WORDS], chunk_ids)
        for start in range(0, len(words), BATCH_WORDS)
    ]


def _batch(
    words: Sequence[AlignedWord], chunk_ids: dict[tuple[str, ...], int]
) -> Batch:
    width = max(len(entry.word) for entry in words)
    letters = torch.zeros(len(words), width, dtype=torch.long)
    past = torch.full((len(words), width, HISTORY), len(chunk_ids))
    stressed = torch.zeros(len(words), width, dtype=torch.long)
    targets = torch.full((len(words), width), -100)
    for row, entry in enumerate(words):
        seen = 0
        history = [len(chunk_ids)] * HISTORY
        for column, (letter, chunk) in enumerate(
            zip(entry.word, entry.chunks, strict=True)
        ):
            letters[row, column] = _LETTER_IDS[letter]
            past[row, column] = torch.tensor(history)
            stressed[row, column] = seen
            targets[row, column] = chunk_ids[chunk]
            history = [chunk_ids[chunk], *history[:-1]]
            seen |= any(phoneme.endswith("1") for phoneme in chunk)
    return letters, past, stressed, targets
