"""Extract mel, F0 and levelled samples of every recording (2 minutes on 2 cores)."""

from __future__ import annotations

import argparse
from pathlib import Path

from calibrate.voice.features import extract_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="voice data folder")
    parser.add_argument("--work", type=Path, required=True, help="work folder")
    parser.add_argument("--processes", type=int, help="default: one per core")


def run(arguments: argparse.Namespace) -> None:
    """Extract what is not there yet."""
    extract_all(arguments.data, arguments.work, arguments.processes)
