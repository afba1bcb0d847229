"""Repeats phoneme vectors for their durations and says where in the phoneme one is."""

from __future__ import annotations

import torch
from torch import Tensor

from calibrate.voice.acoustic_config import POSITION_FEATURES

_LONG_PHONEME = 20
"""Frames after which the position no longer counts up."""


def regulate(vectors: Tensor, durations: Tensor, num_frames: int) -> Tensor:
    """Spread phoneme vectors over frames.

    The four features after each vector are: part of the phoneme that has passed, part
    to come, log(duration) / 3, and frames passed / 10 (at most 2).

    Args:
        vectors: (batch, N, width) float32.
        durations: (batch, N) int64 frames.
        num_frames: Rows of the result; those after the last phoneme are zero.

    Returns:
        (batch, num_frames, width + 4) float32.
    """
    batch, num_tokens, width = vectors.shape
    ends = durations.cumsum(dim=1)
    frames = torch.arange(num_frames, device=vectors.device)
    owners = torch.searchsorted(
        ends, frames.expand(batch, num_frames).contiguous(), right=True
    ).clamp(max=num_tokens - 1)
    repeated = vectors.gather(1, owners[..., None].expand(-1, -1, width))
    lengths = durations.gather(1, owners).clamp(min=1).float()
    passed = (frames - (ends - durations).gather(1, owners)).float()
    fraction = (passed + 0.5) / lengths
    position = torch.stack(
        [
            fraction,
            1 - fraction,
            torch.log(lengths) / 3,
            passed.clamp(0, _LONG_PHONEME) / 10,
        ],
        dim=2,
    )
    assert position.shape[2] == POSITION_FEATURES
    spoken = (frames < ends[:, -1:])[..., None]
    return torch.cat([repeated, position.to(repeated.dtype)], dim=2) * spoken
