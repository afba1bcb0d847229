"""Owns Product: one audio file to be made, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Product:
    """A file of one chapter or of all."""

    name: str
    """File name."""
    format: str
    """``aac`` beside those of ``FORMATS``."""
    chapters: list[int]
    content: str
    """Hash of all that decides about its bytes."""
    tags: dict[str, str]
    head: bytes
    """Put in front of the encoded audio."""

    @property
    def place(self) -> str:
        """Equal for files of the same chapters."""
        return ",".join(map(str, self.chapters))

    def target(self, folder: Path) -> dict[str, Any]:
        """What ``RenderRequest`` wants to know of it."""
        # libsndfile's word for it.
        tags = {("tracknumber" if k == "track" else k): v for k, v in self.tags.items()}
        return {
            "format": self.format,
            "path": str((folder / self.name).absolute()),
            "tags": tags,
            "head": self.head.hex(),
        }


@dataclass(frozen=True)
class ProducedFile:
    """A file under its final name."""

    path: Path
    seconds: float
    made: bool
    """Whether this run made it; False: it was there and still right."""
