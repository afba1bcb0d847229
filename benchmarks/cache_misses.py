"""Misses of the last-level cache while a program runs, by ``perf``."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

EVENTS = ("LLC-load-misses", "cache-misses")
"""What CPUs call them, best first."""


def last_level_misses(command: Sequence[str]) -> tuple[int | None, str]:
    """Run a program under ``perf stat``.

    Returns:
        Misses, or None, and the event counted or why there is none.
    """
    perf = shutil.which("perf")
    if perf is None:
        return None, "perf is not installed"
    reason = "perf counts no last-level misses here"
    for event in EVENTS:
        done = subprocess.run(
            [perf, "stat", "-x", ",", "-e", f"{event}:u", "--", *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        for line in done.stderr.splitlines():
            fields = line.split(",")
            if len(fields) > 2 and event in fields[2]:
                if fields[0].isdigit():
                    return int(fields[0]), event
                reason = f"perf: {event} {fields[0].strip('<>')}"
            elif "ermission" in line or "paranoid" in line:
                reason = "perf is not permitted here (perf_event_paranoid)"
    return None, reason
