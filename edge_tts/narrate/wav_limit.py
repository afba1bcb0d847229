"""Owns ``refuse_long_wav``: a WAV file holds 4 GiB, which is said before it is full."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge_tts.errors import ConfigError

MAX_WAV_BYTES: Final = 1 << 32


def refuse_long_wav(output: Path, job: Path, seconds: float, sample_rate: int) -> None:
    """Raise if a whole book cannot be one WAV file.

    Args:
        output: The file.
        job: Folder of the job, which may hold speech already.
        seconds: Of speech and pauses, as predicted.
        sample_rate: Hz, mono, 16 bits.

    Raises:
        ConfigError: It cannot.
    """
    most = MAX_WAV_BYTES / 2 / sample_rate
    if seconds <= most:
        return
    raise ConfigError(
        f"{output} would hold {seconds / 3600:.0f} hours, a WAV file holds "
        f"{most / 3600:.0f}: give -o {output.with_suffix('.flac')} or a folder, with "
        f"--job {job} to keep what is spoken"
    )
