"""Owns ChapterSignal: the takes of a chapter joined into one signal, streamed.

The only place that decides where a sentence lies, so that audio and times agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import SinkError
from edge_tts.narrate.audio_store import AudioStore
from edge_tts.narrate.journal import Journal, Planned
from edge_tts.narrate.sentence import JOINT
from edge_tts.narrate.take import Take

BLOCK: Final = 1024
"""A chapter is a whole number of these: AAC frames of chapters can be joined."""
LEAD_BLOCKS: Final = 8
"""Silence at the start: 0.37 s at 22.05 kHz."""
TAIL_BLOCKS: Final = 4
"""Silence at the end beside the pause."""
_FADE_SECONDS: Final = 0.004
_JOINT_SECONDS: Final = 0.02
"""Kept behind the last word of a phrase that goes on."""
FAILED_SECONDS: Final = 1.0
"""Silence in place of a sentence that could not be spoken."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A sentence and where it lies in its chapter."""

    planned: Planned
    take: Take | None
    """None where it could not be spoken."""
    start: int
    """First sample."""
    num_samples: int
    """Without the pause behind it."""


class ChapterSignal:
    """One chapter; samples and places are read from the journal as they are needed.

    Args:
        journal: Holds the plan and the takes.
        store: Holds the samples.
        chapter: Number.
        sample_rate: Hz.
    """

    def __init__(
        self, journal: Journal, store: AudioStore, chapter: int, sample_rate: int
    ) -> None:
        self._journal = journal
        self._store = store
        self._chapter = chapter
        self._rate = sample_rate
        ramp = np.arange(int(_FADE_SECONDS * sample_rate)) + 0.5
        cosine = 0.5 - 0.5 * np.cos(np.pi * ramp / max(1, len(ramp)))
        self._fade = cosine.astype(np.float32)

    def places(self) -> Iterator[Placed]:
        """Sentences in order with their places."""
        position = LEAD_BLOCKS * BLOCK
        for planned in self._journal.sentences(self._chapter):
            take = self._journal.take(planned.key)
            if take is None and self._journal.failure(planned.key) is None:
                raise SinkError(
                    f"sentence {planned.sentence.id} has no audio; run the same "
                    "command again"
                )
            count = self._num_samples(planned, take)
            yield Placed(planned, take, position, count)
            position += count + self._pause(planned)

    @property
    def num_samples(self) -> int:
        """Length of the whole chapter."""
        end = LEAD_BLOCKS * BLOCK
        for place in self.places():
            end = place.start + place.num_samples + self._pause(place.planned)
        return _padded(end)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """The signal in pieces of any length, (n,) float32, full scale +-1."""
        yield np.zeros(LEAD_BLOCKS * BLOCK, np.float32)
        end = LEAD_BLOCKS * BLOCK
        for place in self.places():
            yield self._faded(place)
            pause = self._pause(place.planned)
            if pause:
                yield np.zeros(pause, np.float32)
            end = place.start + place.num_samples + pause
        yield np.zeros(_padded(end) - end, np.float32)

    def _faded(self, place: Placed) -> NDArray[np.float32]:
        if place.take is None:
            return np.zeros(place.num_samples, np.float32)
        stored = self._store.read(place.take.extent)[: place.num_samples]
        samples = stored.astype(np.float32)
        samples *= np.float32(1.0 / 32768.0)
        count = min(len(self._fade), len(samples) // 2)
        if count:
            # Breath and noise of the voice must not begin with a step.
            samples[:count] *= self._fade[:count]
            samples[-count:] *= self._fade[:count][::-1]
        return samples

    def _num_samples(self, planned: Planned, take: Take | None) -> int:
        if take is None:
            return int(FAILED_SECONDS * self._rate)
        if planned.sentence.pause_ms != JOINT or not take.marks:
            return take.num_samples
        # A voice falls silent behind what it takes for the end of a sentence.
        last = take.marks[-1]
        end = last.start + last.length + int(_JOINT_SECONDS * self._rate)
        return min(take.num_samples, end)

    def _pause(self, planned: Planned) -> int:
        return max(0, planned.sentence.pause_ms) * self._rate // 1000


def _padded(end: int) -> int:
    return (-(-end // BLOCK) + TAIL_BLOCKS) * BLOCK
