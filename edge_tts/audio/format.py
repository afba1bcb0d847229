"""Owns AudioFormat: what must be known to interpret samples."""

from __future__ import annotations

from dataclasses import dataclass

from edge_tts.errors import ConfigError


@dataclass(frozen=True)
class AudioFormat:
    """Sample rate and channel count of a signal.

    Raises:
        ConfigError: A rate or channel count that no sink can take.
    """

    sample_rate: int
    """Samples per second and channel, Hz."""
    num_channels: int = 1
    """Interleaved channels; every voice is mono."""

    def __post_init__(self) -> None:
        if not 1_000 <= self.sample_rate <= 768_000:
            raise ConfigError(
                f"sample_rate must be 1000 to 768000 Hz, got {self.sample_rate}"
            )
        if not 1 <= self.num_channels <= 32:
            raise ConfigError(f"num_channels must be 1 to 32, got {self.num_channels}")
