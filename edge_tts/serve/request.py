"""Owns SpeechRequest: what a client wants spoken, and how urgent it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from edge_tts.errors import ConfigError
from edge_tts.options import SynthesisOptions

_LONGEST_DEADLINE_S: Final = 1e6


class Priority(IntEnum):
    """Who goes first; the lower number does."""

    INTERACTIVE = 0
    """Somebody waits: a screen reader, a voice assistant."""
    NORMAL = 1
    BATCH = 2
    """Nobody listens yet: announcements in advance, books."""

    @classmethod
    def parse(cls, name: str) -> Priority:
        """Return the priority called ``name``, in lower case.

        Raises:
            ConfigError: There is none.
        """
        for priority in cls:
            if priority.name.lower() == name:
                return priority
        names = ", ".join(priority.name.lower() for priority in cls)
        raise ConfigError(f"priority must be one of {names}, got {name!r}")


@dataclass(frozen=True)
class SpeechRequest:
    """One text for the broker.

    Raises:
        ConfigError: The deadline is not a positive number, or beyond 11 days.
    """

    text: str = field(default="", repr=False)
    """What to speak; empty where it arrives in pieces. Never logged."""
    voice: str | None = None
    """``SPEAKER``, ``PACK/SPEAKER`` or a pack's id; None is the daemon's default."""
    options: SynthesisOptions = field(default_factory=SynthesisOptions)
    ssml: bool = False
    """Whether ``text`` is an SSML document."""
    priority: Priority = Priority.NORMAL
    client: str = ""
    """Who asks; clients of one priority get equal shares."""
    deadline_s: float | None = None
    """Seconds after which the request is given up, finished or not."""
    use_cache: bool = True
    """Whether the phrase cache may answer and remember."""

    def __post_init__(self) -> None:
        limit = self.deadline_s
        if limit is not None and not 0.0 < limit <= _LONGEST_DEADLINE_S:
            raise ConfigError(
                f"deadline_s must be above 0 seconds and at most "
                f"{_LONGEST_DEADLINE_S:g}, got {limit!r:.40}"
            )
