"""Turn a network that others trained into a pack.

Reads files only and needs no torch. Each family has its own options:
``python -m calibrate convert hifigan --help``.
"""

from __future__ import annotations

import argparse
import importlib
from typing import Final

FAMILIES: Final = {
    "hifigan": "calibrate.convert.hifigan",
    "sopro": "calibrate.convert.sopro",
}
"""Family -> module with ``add_arguments(parser)`` and ``run(arguments)``."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare one sub-command per family."""
    families = parser.add_subparsers(dest="family", required=True)
    for name, path in FAMILIES.items():
        module = importlib.import_module(path)
        family = families.add_parser(
            name,
            help=str(module.__doc__).split("\n")[0],
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(family)
        family.set_defaults(run_family=module.run)


def run(arguments: argparse.Namespace) -> None:
    """Convert."""
    arguments.run_family(arguments)
