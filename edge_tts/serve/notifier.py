"""Owns Notifier: how a daemon tells its service manager what it is about to do."""

from __future__ import annotations

from typing import Protocol


class Notifier(Protocol):
    """Of systemd, or of nobody; no method may block or raise."""

    @property
    def interval_s(self) -> float | None:
        """How often ``alive`` is wanted, s; None for never."""
        ...

    def ready(self) -> None:
        """All doors are open and the voices warm."""
        ...

    def reloading(self) -> None:
        """The configuration is read again; ``ready`` follows."""
        ...

    def stopping(self) -> None:
        """Nothing more is taken."""
        ...

    def alive(self) -> None:
        """Every worker got on since the last time."""
        ...

    def status(self, text: str) -> None:
        """One line for people."""
        ...


class NoNotifier:
    """Nobody wants to know."""

    interval_s = None

    def ready(self) -> None:
        """Do nothing."""

    def reloading(self) -> None:
        """Do nothing."""

    def stopping(self) -> None:
        """Do nothing."""

    def alive(self) -> None:
        """Do nothing."""

    def status(self, text: str) -> None:
        """Do nothing."""
