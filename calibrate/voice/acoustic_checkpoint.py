"""The finished acoustic model as one file: weights, sizes, normalisation constants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from calibrate.voice.acoustic_config import AcousticConfig
from calibrate.voice.acoustic_model import AcousticModel
from calibrate.voice.acoustic_stats import AcousticStats
from calibrate.voice.checkpoint import load_weights, save_weights
from calibrate.voice.errors import TrainingError

_CONTOUR = "encoder.contour."


def save_acoustic(
    path: Path,
    model: nn.Module,
    stats: AcousticStats,
    *,
    contour: nn.Module | None = None,
    notes: Mapping[str, Any] | None = None,
) -> None:
    """Write the model atomically.

    Args:
        path: File to replace.
        model: An ``AcousticModel``.
        stats: Its constants.
        contour: Early-stopped pitch and energy network to put in place of the model's.
        notes: Step, losses and the like.
    """
    state = dict(model.state_dict())
    if contour is not None:
        state |= {_CONTOUR + name: each for name, each in contour.state_dict().items()}
    config: AcousticConfig = model.config  # type: ignore[assignment]
    network = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in config.to_dict().items()
    }
    save_weights(
        path, {"network": network, "stats": stats.to_dict()}, state, notes=notes
    )


def load_acoustic(path: Path) -> tuple[AcousticModel, AcousticStats, dict[str, Any]]:
    """Read what ``save_acoustic`` wrote; the model is in evaluation mode.

    Raises:
        TrainingError: Missing, unreadable or for another network.
    """
    config, state, notes = load_weights(path)
    model = AcousticModel(AcousticConfig.from_dict(config["network"]))
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise TrainingError(f"{path} holds another network: {error}") from error
    return model.eval(), AcousticStats.from_dict(config["stats"]), notes
