"""Every step of the recipe in order; run the command again to go on after a stop."""

from __future__ import annotations

import argparse
import importlib
import logging
from pathlib import Path
from typing import Any, Final

from calibrate.voice.__main__ import STEPS

ORDER: Final = (
    "features",
    "align",
    "acoustic",
    "acoustic-predict",
    "vocoder",
    "finetune",
    "blend",
    "export",
)
"""Steps with a finished output redo little or nothing."""

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--budget", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)


def run(arguments: argparse.Namespace) -> None:
    """Run the steps in this process, one after the other."""
    shared = {
        **vars(arguments),
        "acoustic": arguments.work / "acoustic" / "acoustic.pt",
        "vocoder": arguments.work / "blend" / "vocoder.pt",
    }
    for step in ORDER:
        if step in STEPS:
            _LOG.info("step %s", step)
            module = importlib.import_module(STEPS[step])
            module.run(step_arguments(module, shared))


def step_arguments(module: Any, shared: dict[str, Any]) -> argparse.Namespace:
    """A step's own defaults, overridden by the options it shares with this one."""
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    names = {action.dest for action in parser._actions}
    command = []
    for name, value in shared.items():
        if name in names and value is not None:
            command += [f"--{name.replace('_', '-')}", str(value)]
    return parser.parse_args(command)
