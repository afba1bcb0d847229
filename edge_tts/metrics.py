"""Owns SynthesisMetrics: the figures of one synthesis, and how the process is read.

Reads /proc directly: psutil costs 18 ms to import and is only the fallback.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class SynthesisMetrics:
    """What one synthesis cost; ``as_report`` gives the content of ``--report``."""

    audio_seconds: float = 0.0
    """Duration of the speech, pauses included."""
    synthesis_seconds: float = 0.0
    """Time spent making it, without waiting for the sink or for text."""
    ttfa_ms: float | None = None
    """From the request to the first PCM handed to the sink, ms."""
    cold_start_ms: float | None = None
    """From the start of the process to the first PCM, ms; programs only."""
    rss_mb: float | None = None
    """Largest resident memory of the process so far, MB (10^6 bytes)."""
    underruns: int = 0
    """Gaps that the listener heard because samples came too late."""
    steps_down: int = 0
    """Times that something was given up because the reserve ran low."""
    steps_up: int = 0
    """Times that it was taken back."""
    rungs: list[str] = field(default_factory=list)
    """What was given up after each of these steps."""
    variants: dict[str, str] = field(default_factory=dict)
    """Stage -> "backend:precision"."""
    threads: int | None = None
    """Threads inside one network."""
    isa: str | None = None
    """Instruction set of the native kernels."""

    @property
    def rtf(self) -> float | None:
        """Synthesis seconds per audio second; None without audio."""
        if self.audio_seconds <= 0.0:
            return None
        return self.synthesis_seconds / self.audio_seconds

    def as_report(self) -> dict[str, Any]:
        """Return the figures under their public names, rounded for people."""
        report: dict[str, Any] = {"rtf": self.rtf, **asdict(self)}
        digits = {"audio_seconds": 4, "synthesis_seconds": 4, "rtf": 5}
        return {
            name: round(value, digits.get(name, 2))
            if isinstance(value, float)
            else value
            for name, value in report.items()
        }


def peak_rss_mb() -> float:
    """Return the largest resident memory of this process so far, MB."""
    # Not getrusage: its maximum survives exec and would show the parent's memory.
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6


def process_age_ms() -> float:
    """Return the time since this process was started, ms; resolution 10 ms."""
    try:
        stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace")
        # Field 22, counted after the process name, which may hold spaces.
        ticks = int(stat.rpartition(")")[2].split()[19])
        started = ticks / os.sysconf("SC_CLK_TCK")
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - started) * 1e3
    except (OSError, ValueError, IndexError, AttributeError):
        import psutil

        return (time.time() - float(psutil.Process().create_time())) * 1e3
