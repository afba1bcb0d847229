"""Owns Progress: what a narration tells while it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ProgressEvent:
    """How far a narration is; one after every few sentences."""

    phase: str
    """``plan``, ``speak``, ``measure``, ``encode`` or ``done``."""
    done: float
    """Of ``total``: seconds of speech, or chapters."""
    total: float
    chapter: int = 0
    """Chapter that was worked on last, 0 where there is none."""
    chapter_title: str = ""
    chapter_done: float = 0.0
    chapter_total: float = 0.0
    audio_seconds: float = 0.0
    """Speech made by this run so far."""
    elapsed_seconds: float = 0.0
    """Since the phase began."""

    @property
    def audio_per_second(self) -> float:
        """Seconds of speech made per second."""
        return self.audio_seconds / max(self.elapsed_seconds, 1e-6)

    @property
    def remaining_seconds(self) -> float | None:
        """Time left in the phase; None before anything is known."""
        if self.done <= 0.0:
            return None
        started = self.audio_seconds if self.phase == "speak" else self.done
        if started <= 0.0:
            return None
        return self.elapsed_seconds * max(0.0, self.total - self.done) / started


class Progress(Protocol):
    """Receives what happens."""

    def update(self, event: ProgressEvent) -> None:
        """Take note of an event; called often, returns soon."""
        ...

    def note(self, message: str) -> None:
        """Say something that the user should know, one line."""
        ...


class SilentProgress:
    """Keeps the notes and shows nothing."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def update(self, event: ProgressEvent) -> None:
        """Do nothing."""

    def note(self, message: str) -> None:
        """Keep it."""
        self.notes.append(message)
