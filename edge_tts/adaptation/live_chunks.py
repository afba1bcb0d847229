"""Chunk sizes that look at the reserve before every chunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from edge_tts.adaptation.cost_line import CostLine
from edge_tts.adaptation.ladder import Rung
from edge_tts.backends.plan import ChunkPolicy

LARGER: Final = 4
"""Times the plan's largest chunk, on the rungs below the first."""
_SHARE: Final = 0.5
"""Of the reserve that making the next chunk may use up."""
_LITTLE_MORE: Final = 1.25
"""Times what the plan's largest chunk takes: a longer one is worth that."""


class Reserve(Protocol):
    """What chunk sizes depend on."""

    @property
    def rung(self) -> Rung:
        """What is given up now."""
        ...

    @property
    def cost(self) -> CostLine:
        """What chunks cost lately."""
        ...

    @property
    def lead_s(self) -> float | None:
        """Speech in reserve, s; None while nobody hears."""
        ...


class LiveChunks:
    """A ``ChunkPolicy`` in effect; sizes change from chunk to chunk.

    Args:
        policy: As planned.
        reserve: Looked at before every chunk.
        frame_seconds: Speech in one frame.
    """

    def __init__(
        self, policy: ChunkPolicy, reserve: Reserve, frame_seconds: float
    ) -> None:
        self._policy = policy
        self._reserve = reserve
        self._frame_seconds = frame_seconds

    @property
    def whole(self) -> bool:
        """Whether an utterance is made in one chunk."""
        return self._policy.whole

    def sizes(self) -> Iterator[int]:
        """Chunk sizes in order, without end."""
        policy = self._policy
        size = float(policy.first_frames)
        while True:
            yield self._shrunk(int(size))
            longer = size * policy.growth
            if longer <= policy.max_frames:
                size = longer
            elif self._reserve.rung is Rung.PLANNED:
                size = float(policy.max_frames)
            else:
                size = self._grown(min(longer, float(policy.max_frames * LARGER)))

    def _shrunk(self, frames: int) -> int:
        """Smaller while the reserve is small, if smaller chunks come sooner at all."""
        cost, lead_s = self._reserve.cost, self._reserve.lead_s
        if lead_s is None or cost.per_second <= 0.0:
            return frames
        left_s = _SHARE * lead_s - cost.per_chunk_s
        if left_s <= 0.0:
            return frames
        fitting = int(min(1e9, left_s / (cost.per_second * self._frame_seconds)))
        return max(min(frames, self._policy.first_frames), min(frames, fitting))

    def _grown(self, frames: float) -> float:
        """Beyond the plan as far as the reserve allows, or where it costs little."""
        cost, planned = self._reserve.cost, float(self._policy.max_frames)
        allowed = max(
            _SHARE * (self._reserve.lead_s or 0.0),
            _LITTLE_MORE * cost.predict(planned * self._frame_seconds),
        )
        while frames > planned and cost.predict(frames * self._frame_seconds) > allowed:
            frames *= 0.75
        return max(planned, frames)
