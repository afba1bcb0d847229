"""The commit that converters write into packs."""

from __future__ import annotations

import subprocess
from pathlib import Path


def current_commit() -> str:
    """Last commit that touched the toolchain; "unknown" outside a checkout."""
    root = Path(__file__).resolve().parents[2]
    command = ["git", "-C", str(root), "log", "-1", "--format=%H", "--", "calibrate"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"
