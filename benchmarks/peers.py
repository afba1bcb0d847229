"""The synthesisers that every small box has: espeak-ng and flite, run as commands."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Peer:
    """A command that turns a text into a WAV file."""

    name: str
    command: tuple[str, ...]
    """Words of the command; ``{text}`` and ``{wav}`` are filled in."""

    def available(self) -> bool:
        """Whether the command is installed here."""
        return shutil.which(self.command[0]) is not None

    def speak(self, text: str, wav: Path) -> float:
        """Write speech and return the seconds of wall time, process start included."""
        filled = (word.replace("{wav}", str(wav)) for word in self.command)
        words = [text if word == "{text}" else word for word in filled]
        started = time.perf_counter()
        subprocess.run(words, check=True, capture_output=True)
        return time.perf_counter() - started


PEERS = (
    Peer("espeak-ng", ("espeak-ng", "-v", "en-us", "-w", "{wav}", "{text}")),
    Peer("flite", ("flite", "-voice", "slt", "-t", "{text}", "-o", "{wav}")),
    Peer("pico2wave", ("pico2wave", "-l", "en-US", "-w", "{wav}", "{text}")),
)
"""pico2wave is in Debian's non-free section; it is measured where it is installed."""
