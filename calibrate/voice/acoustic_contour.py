"""Trains the pitch and energy network alone, which the rest would let over-fit.

The sentences are few and each is spoken by up to four voices: after a few epochs the
network knows them by heart. Here it sees phonemes only (no spectra, so a step is
cheap), some of them blotted out, and its best moment on left-out sentences is kept.
"""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from calibrate.voice.acoustic_batches import SPEAKER_SHARES
from calibrate.voice.acoustic_config import AcousticConfig
from calibrate.voice.acoustic_dataset import AcousticClip
from calibrate.voice.acoustic_encoder import ContourNet
from calibrate.voice.acoustic_losses import contour_losses
from calibrate.voice.averaged import AveragedNetwork

_LOG = logging.getLogger(__name__)
_LEFT_OUT = 12
"""Every so many-th training sentence only decides when to stop."""
_TARGET_SPEAKERS = ("kathleen", "lj")
"""Speakers whose left-out sentences decide: the others read the same prompts."""
_CLIPS_PER_BATCH = 24
_BATCHES_PER_POOL = 8
_ENERGY_WEIGHT = 0.5


@dataclass(frozen=True)
class ContourSchedule:
    """Length and strength of the training."""

    steps: int = 1600
    rate: float = 2e-3
    weight_decay: float = 0.05
    blot_share: float = 0.1
    """Tokens replaced by padding in training."""
    average_decay: float = 0.99
    check_every: int = 100
    seed: int = 1


def train_contour(
    clips: Sequence[AcousticClip], config: AcousticConfig, schedule: ContourSchedule
) -> tuple[ContourNet, dict[str, float]]:
    """Train on the clips that are not held out.

    Returns:
        The network of the best step and that step with its losses on the left-out
        sentences: ``step, pitch, energy``.
    """
    torch.manual_seed(schedule.seed)
    draw = np.random.default_rng(schedule.seed)
    training, deciding = _split(clips)
    network = ContourNet(config)
    average = AveragedNetwork(network, schedule.average_decay)
    optimizer = torch.optim.AdamW(
        network.parameters(), weight_decay=schedule.weight_decay, fused=True
    )
    best, best_score = copy.deepcopy(average.network), math.inf
    report: dict[str, float] = {}
    batches: list[list[AcousticClip]] = []
    for step in range(schedule.steps):
        for group in optimizer.param_groups:
            fall = 0.505 + 0.495 * math.cos(math.pi * step / schedule.steps)
            group["lr"] = schedule.rate * min(1.0, (step + 1) / 100) * fall
        batches = batches or _pool(training, draw)
        losses = _losses(network.train(), batches.pop(), schedule.blot_share)
        optimizer.zero_grad(set_to_none=True)
        (losses[0] + _ENERGY_WEIGHT * losses[1]).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        average.update(network, step + 1)
        if (step + 1) % schedule.check_every == 0:
            pitch, energy = _validate(average.network, deciding)
            _LOG.info("contour %d: pitch %.4f energy %.4f", step + 1, pitch, energy)
            if pitch + _ENERGY_WEIGHT * energy < best_score:
                best_score = pitch + _ENERGY_WEIGHT * energy
                best.load_state_dict(average.network.state_dict())
                report = {"step": step + 1.0, "pitch": pitch, "energy": energy}
    return best.eval(), report  # type: ignore[return-value]


def _split(
    clips: Sequence[AcousticClip],
) -> tuple[list[AcousticClip], list[AcousticClip]]:
    usable = [clip for clip in clips if not clip.clip.held_out]
    sentences = sorted({clip.clip.sentence_id for clip in usable})
    left_out = set(sentences[::_LEFT_OUT])
    training = [c for c in usable if c.clip.sentence_id not in left_out]
    deciding = [
        clip
        for clip in usable
        if clip.clip.sentence_id in left_out and clip.clip.speaker in _TARGET_SPEAKERS
    ]
    return training, sorted(deciding, key=lambda clip: len(clip.tokens))


def _pool(
    training: Sequence[AcousticClip], draw: np.random.Generator
) -> list[list[AcousticClip]]:
    counts: dict[str, int] = {}
    for clip in training:
        counts[clip.clip.speaker] = counts.get(clip.clip.speaker, 0) + 1
    chances = np.array(
        [SPEAKER_SHARES[c.clip.speaker] / counts[c.clip.speaker] for c in training]
    )
    size = _CLIPS_PER_BATCH * _BATCHES_PER_POOL
    drawn = draw.choice(len(training), size, p=chances / chances.sum())
    ordered = sorted(drawn.tolist(), key=lambda i: len(training[i].tokens))
    starts = range(0, size, _CLIPS_PER_BATCH)
    pool = [[training[i] for i in ordered[s : s + _CLIPS_PER_BATCH]] for s in starts]
    draw.shuffle(pool)  # type: ignore[arg-type]
    return pool


def _losses(
    network: nn.Module, clips: Sequence[AcousticClip], blot_share: float
) -> tuple[Tensor, Tensor]:
    def padded(rows: Sequence[Tensor]) -> Tensor:
        return pad_sequence(list(rows), batch_first=True)

    tokens = padded([torch.from_numpy(clip.tokens) for clip in clips])
    mask = padded([torch.ones(len(clip.tokens), 1) for clip in clips])
    speaker_ids = torch.tensor([clip.clip.speaker_id for clip in clips])
    target = padded([torch.from_numpy(clip.pitch_energy) for clip in clips])
    seen = tokens
    if blot_share:
        seen = tokens * (torch.rand(tokens.shape[:2]) >= blot_share)[..., None]
    contour = network(seen, speaker_ids[:, None].expand(tokens.shape[:2]), mask)
    return contour_losses(contour.float(), target, tokens[..., 0], mask[..., 0])


def _validate(network: nn.Module, clips: Sequence[AcousticClip]) -> tuple[float, float]:
    network.eval()
    sums, weight = np.zeros(2), 0
    with torch.no_grad():
        for start in range(0, len(clips), _CLIPS_PER_BATCH):
            chosen = clips[start : start + _CLIPS_PER_BATCH]
            tokens = sum(len(clip.tokens) for clip in chosen)
            sums += tokens * np.array([float(x) for x in _losses(network, chosen, 0.0)])
            weight += tokens
    pitch, energy = (sums / max(weight, 1)).tolist()
    return pitch, energy
