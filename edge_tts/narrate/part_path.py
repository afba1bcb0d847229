"""Owns ``part_path``: the temporary name of a file of a job."""

from __future__ import annotations

import os
from pathlib import Path

PARTS = "*.part-*"
"""Pattern of all temporary names in a folder."""


def part_path(path: Path) -> Path:
    """A name beside ``path`` that no other process uses.

    What a killed run started may still be writing, for instance an encoder that
    empties its pipe.
    """
    return path.with_name(f"{path.name}.part-{os.getpid()}")
