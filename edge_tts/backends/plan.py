"""What was chosen for this machine: a variant per stage, threads, chunk sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from edge_tts.packs.variant import Variant


class ChunkSizes(Protocol):
    """Sizes of the chunks an utterance is made in, planned or found on the way."""

    @property
    def whole(self) -> bool:
        """Whether an utterance is made in one chunk, whatever its length."""
        ...

    def sizes(self) -> Iterator[int]:
        """Chunk sizes in acoustic frames in order, without end."""
        ...


@dataclass(frozen=True, slots=True)
class ChunkPolicy:
    """Sizes of the chunks an utterance is made in, in acoustic frames."""

    first_frames: int
    """Of the first chunk: small, for the first sound."""
    max_frames: int
    """Of the largest."""
    growth: float
    """Factor from one chunk to the next."""
    whole: bool
    """Whether an utterance is made in one chunk, whatever its length."""

    def sizes(self) -> Iterator[int]:
        """Chunk sizes in order, without end."""
        size = float(self.first_frames)
        while True:
            yield min(int(size), self.max_frames)
            size = min(size * self.growth, float(self.max_frames))


@dataclass(frozen=True, slots=True)
class StageChoice:
    """The variant of one stage, and why."""

    variant: Variant
    reason: str
    """One line for people."""
    rejected: tuple[str, ...]
    """One line for each variant that could not be taken."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a pack runs here; equal inputs give equal plans."""

    pack_id: str
    isa: str
    choices: Mapping[str, StageChoice]
    """Stage id -> choice; host stages have none."""
    num_threads: int
    chunks: ChunkPolicy
    origin: str
    """``shipped table``, or where a measured plan came from."""
    cpus: tuple[int, ...] | None = None
    """Logical CPUs to run on; None for any."""
    note: str = ""
    """Why there is no measured plan, or what was overruled."""

    @property
    def variants(self) -> dict[str, str]:
        """Stage id -> ``backend:precision``, as in reports."""
        return {name: item.variant.label for name, item in self.choices.items()}

    @property
    def reasons(self) -> list[str]:
        """The plan in words, one line per fact."""
        lines = [f"{self.origin} for {self.isa}, threads: {self.num_threads}"]
        lines += [self.note] if self.note else []
        for name, choice in self.choices.items():
            lines.append(f"{name}: {choice.variant.label}: {choice.reason}")
            lines += [f"{name}: not {line}" for line in choice.rejected]
        return lines
