"""What the acoustic model is trained to do; no optimiser here."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from calibrate.voice.acoustic_batches import AcousticBatch
from calibrate.voice.acoustic_model import FIRST_PAUSE, AcousticOutput

WEIGHTS = {
    "mel": 1.0,
    "duration": 0.3,
    "pitch": 0.1,
    "energy": 0.1,
    "log_f0": 0.1,
    "voicing": 0.1,
}
_PAUSE_WEIGHT = 0.2
"""Pitch and energy of pauses matter little but must not be arbitrary."""
_UNVOICED_WEIGHT = 0.05


def acoustic_losses(output: AcousticOutput, batch: AcousticBatch) -> dict[str, Tensor]:
    """Losses by name, each a mean over what counts for it."""
    prosody = output.prosody.float()
    present = batch.mask[..., 0]
    pitch, energy = contour_losses(
        prosody[..., 1:], batch.pitch_energy, batch.tokens[..., 0], present
    )
    f0_weight = batch.frame_mask * (
        batch.voiced + _UNVOICED_WEIGHT * (1 - batch.voiced)
    )
    voicing = functional.binary_cross_entropy_with_logits(
        output.voicing.float(), batch.voiced, reduction="none"
    )
    return {
        "mel": _mean((output.mel.float() - batch.mel).abs(), batch.mel_weight),
        "duration": _mean(duration_deviance(prosody[..., 0], batch.durations), present),
        "pitch": pitch,
        "energy": energy,
        "log_f0": _mean((output.log_f0.float() - batch.log_f0).abs(), f0_weight),
        "voicing": _mean(voicing, batch.frame_mask),
    }


def contour_losses(
    contour: Tensor, target: Tensor, symbols: Tensor, present: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean squared errors of pitch and energy, both (batch, N, 2) z-scores."""
    spoken = (symbols < FIRST_PAUSE).float()
    weight = present * (spoken + _PAUSE_WEIGHT * (1 - spoken))
    errors = (contour - target) ** 2
    return _mean(errors[..., 0], weight), _mean(errors[..., 1], weight)


def total(losses: dict[str, Tensor]) -> Tensor:
    """Weighted sum."""
    return torch.stack([WEIGHTS[name] * loss for name, loss in losses.items()]).sum()


def duration_deviance(log_frames: Tensor, durations: Tensor) -> Tensor:
    """Gamma deviance between predicted log(frames + 1) and frames.

    For small errors it is the squared error of the logarithm, but its best prediction
    is the mean duration, not the geometric mean: speech keeps its tempo instead of
    coming out several percent too short.
    """
    difference = torch.log(durations + 1.0) - log_frames
    return 2 * (torch.exp(difference.clamp(max=6.0)) - 1 - difference)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)
