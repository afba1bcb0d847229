"""Owns BrokerStatus and VoiceStatus: the state of the daemon at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_tts.serve.request import Priority


@dataclass(frozen=True)
class VoiceStatus:
    """A pack whose networks are in memory."""

    pack: str
    """Its id."""
    speakers: tuple[str, ...]
    num_jobs: int
    """Jobs that speak with it now."""
    nbytes: int
    """Memory it takes, estimated."""
    variants: Mapping[str, str]
    """Stage -> ``backend:precision``."""
    threads: int
    """Inside one network."""
    isa: str


@dataclass(frozen=True)
class BrokerStatus:
    """What the broker does; a snapshot."""

    state: str
    """``starting``, ``ready``, ``draining`` or ``stopped``."""
    uptime_s: float
    num_workers: int
    num_busy: int
    """Workers in the middle of a chunk."""
    active: Mapping[Priority, int]
    """Jobs with a stream."""
    waiting: Mapping[Priority, int]
    """Jobs without one yet."""
    max_jobs: int
    """Most jobs that are taken on."""
    backlog_s: float
    """Worker seconds that all jobs still need, predicted."""
    rtf: float
    """Worker seconds per second of audio, measured lately."""
    voices: tuple[VoiceStatus, ...]
    cache_hits: int
    cache_misses: int
    cache_nbytes: int
    cache_entries: int
