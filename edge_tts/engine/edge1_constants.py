"""Family ``edge1``: the numbers a pack must carry beside its networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import PackError
from edge_tts.models.edge1 import NUM_MELS


@dataclass(frozen=True)
class Edge1Constants:
    """Checked constants of one pack."""

    encoder_context: int
    """Tokens on either side that can change a token's outputs."""
    duration_scale: float
    """Factor on predicted durations: the mean of logarithms falls short."""
    mel_mean: NDArray[np.float32]
    mel_std: NDArray[np.float32]
    """(80,) statistics that the decoder's mels are normalised by."""
    log_f0_mean: NDArray[np.float32]
    log_f0_std: NDArray[np.float32]
    """(speakers,) statistics of log F0 in log Hz."""

    @classmethod
    def from_pack(
        cls, constants: Mapping[str, object], num_speakers: int
    ) -> Edge1Constants:
        """Take the constants out of a manifest.

        Raises:
            PackError: One is missing, of another length, not finite or senseless.
        """
        result = cls(
            encoder_context=int(_numbers(constants, "encoder_context", 1)[0]),
            duration_scale=float(_numbers(constants, "duration_scale", 1)[0]),
            mel_mean=_numbers(constants, "mel_mean", NUM_MELS),
            mel_std=_numbers(constants, "mel_std", NUM_MELS),
            log_f0_mean=_numbers(constants, "log_f0_mean", num_speakers),
            log_f0_std=_numbers(constants, "log_f0_std", num_speakers),
        )
        if not 0 <= result.encoder_context <= 256:
            raise PackError(
                "constant encoder_context must be 0 to 256 tokens, "
                f"got {result.encoder_context}"
            )
        if not 0.1 <= result.duration_scale <= 10.0:
            raise PackError(
                "constant duration_scale must be 0.1 to 10, "
                f"got {result.duration_scale}"
            )
        for name in ("mel_std", "log_f0_std"):
            if not (getattr(result, name) > 0.0).all():
                raise PackError(f"constant {name} must be positive everywhere")
        return result


def _numbers(
    constants: Mapping[str, object], name: str, count: int
) -> NDArray[np.float32]:
    if name not in constants:
        raise PackError(f"constant {name} is missing; family edge1 needs it")
    try:
        values = np.atleast_1d(np.asarray(constants[name], np.float32))
    except (TypeError, ValueError):
        values = np.zeros(0, np.float32)
    if values.shape != (count,) or not np.isfinite(values).all():
        raise PackError(
            f"constant {name} must be {count} finite number(s), "
            f"got an array of shape {values.shape}"
        )
    return values
