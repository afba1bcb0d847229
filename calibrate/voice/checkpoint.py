"""Checkpoints that survive a kill at any moment; owns no training logic.

Files are written beside their place and renamed, and read with ``weights_only``:
tensors, numbers, strings and containers, never code.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch

from calibrate.voice.errors import TrainingError


def save_checkpoint(
    path: Path,
    *,
    step: int,
    config: Mapping[str, Any],
    modules: Mapping[str, torch.nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write everything a run needs to go on, atomically.

    Args:
        path: Replaced only when the new file is complete.
        step: Training steps done.
        config: What the run was started with; compared on resume.
        modules: By name, for example ``{"network": ..., "ema": ...}``.
        optimizers: By name.
        extra: More tensors, numbers, strings or containers of them.
    """
    _write(
        path,
        {
            "step": step,
            "config": dict(config),
            "modules": {name: each.state_dict() for name, each in modules.items()},
            "optimizers": {
                name: each.state_dict() for name, each in optimizers.items()
            },
            "random_state": torch.get_rng_state(),
            "extra": dict(extra or {}),
            "provenance": provenance(),
        },
    )


def load_checkpoint(
    path: Path,
    *,
    modules: Mapping[str, torch.nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
    config: Mapping[str, Any] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Continue from a checkpoint if there is one.

    Returns:
        Steps done (0: no checkpoint, nothing changed) and ``extra``.

    Raises:
        TrainingError: Unreadable, for another network, or for another ``config``.
    """
    if not Path(path).is_file():
        return 0, {}
    saved = _read(path)
    if config is not None and saved["config"] != dict(config):
        changed = sorted(
            key
            for key in {*saved["config"], *config}
            if saved["config"].get(key) != config.get(key)
        )
        raise TrainingError(
            f"{path} was made with other settings ({', '.join(changed)}): "
            "repeat the old command or choose another --work folder"
        )
    try:
        for name, module in modules.items():
            module.load_state_dict(saved["modules"][name])
        for name, optimizer in optimizers.items():
            optimizer.load_state_dict(saved["optimizers"][name])
    except (KeyError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"{path} does not fit this network ({str(error).splitlines()[0]}): "
            "choose another --work folder"
        ) from error
    torch.set_rng_state(saved["random_state"])
    return int(saved["step"]), dict(saved["extra"])


def save_weights(
    path: Path,
    config: Mapping[str, Any],
    state: Mapping[str, torch.Tensor],
    notes: Mapping[str, Any] | None = None,
) -> None:
    """Write the finished (or latest averaged) weights of a network, atomically."""
    _write(
        path,
        {
            "config": dict(config),
            "state": {name: each.detach().clone() for name, each in state.items()},
            "notes": dict(notes or {}),
            "provenance": provenance(),
        },
    )


def load_weights(
    path: Path,
) -> tuple[dict[str, Any], dict[str, torch.Tensor], dict[str, Any]]:
    """Read what ``save_weights`` wrote.

    Returns:
        ``config``, ``state`` (parameter name -> tensor) and ``notes``.

    Raises:
        TrainingError: Missing or unreadable.
    """
    saved = _read(path)
    return saved["config"], saved["state"], saved["notes"]


@cache
def provenance() -> dict[str, str]:
    """The commit of the recipe and the command line, as of the first call."""
    root = Path(__file__).resolve().parents[2]
    commit = subprocess.run(
        ["git", "-C", str(root), "log", "-1", "--format=%H", "--", "calibrate"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    command = " ".join(["python -m calibrate.voice", *sys.argv[1:]])
    return {
        "commit": commit or "unknown",
        "command": command,
        "torch": str(torch.__version__),
    }


def _write(path: Path, payload: Mapping[str, Any]) -> None:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        torch.save(dict(payload), file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise TrainingError(f"no file at {path}: run the step before") from error
    except Exception as error:  # torch raises many kinds for a damaged file
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise TrainingError(
            f"cannot read {path}: {reason}; delete it to start over"
        ) from error
    return saved
