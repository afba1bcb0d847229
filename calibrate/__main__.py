"""Command line of the toolchain: ``python -m calibrate COMMAND --help``.

Training a voice has a command line of its own: ``python -m calibrate.voice``.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from typing import Final

from edge_tts.errors import EdgeTTSError

COMMANDS: Final = {
    "convert": "calibrate.convert.command",
    "dataset": "calibrate.dataset.command",
    "quantize": "calibrate.quantize.command",
    "sensitivity": "calibrate.sensitivity.command",
    "evaluate": "calibrate.evaluate.command",
    "bundle": "calibrate.bundle.command",
}
"""Command -> module with ``add_arguments(parser)`` and ``run(arguments)``.

The module's docstring is the help text."""


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(
        prog="python -m calibrate", description="Make and judge voice packs."
    )
    parser.add_argument("command", choices=list(COMMANDS), help="what to do")
    command = parser.parse_args(argv[:1]).command
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S"
    )
    try:
        _run(command, argv[1:])
    except EdgeTTSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(
            f"error: {error.name} is not installed; pip install -e .[calibrate]",
            file=sys.stderr,
        )
        return 1
    return 0


def _run(command: str, argv: list[str]) -> None:
    # Imported by need: converting must work without torch and what judging needs.
    module = importlib.import_module(COMMANDS[command])
    arguments = argparse.ArgumentParser(
        prog=f"python -m calibrate {command}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(arguments)
    module.run(arguments.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
