"""Owns Pauses: how long a book is silent, and where."""

from __future__ import annotations

from dataclasses import dataclass

from edge_tts.errors import ConfigError


@dataclass(frozen=True)
class Pauses:
    """Silence added to what the voice itself makes, ms.

    Raises:
        ConfigError: A pause is negative or longer than 20 s.
    """

    sentence: int = 220
    paragraph: int = 600
    """Between paragraphs; takes the place of the one of a sentence."""
    heading: int = 900
    scene: int = 1500
    chapter: int = 2000
    """At the end of a chapter."""
    turn: int = 80
    """Where the voice changes within a sentence."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= 20_000:
                raise ConfigError(
                    f"pause of a {name} must be 0 to 20000 ms, got {value}"
                )
