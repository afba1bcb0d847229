"""What every family's stream does: speak one utterance after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.plan import ChunkSizes
from edge_tts.engine.token_sequence import TokenSequence
from edge_tts.options import SynthesisOptions
from edge_tts.packs.cloned_voice import ClonedVoice


@dataclass(frozen=True)
class StreamedSpeech:
    """Samples that are final, and the tokens whose place became known with them."""

    samples: NDArray[np.float32]
    token_ends: tuple[int, ...] = ()
    """Frame after the last of each token encoded since the last chunk."""


class SpeechStream(Protocol):
    """All states of one voice speaking; for one thread."""

    def speak_as(self, speaker_index: int, cloned: ClonedVoice | None = None) -> None:
        """Choose who speaks from the next utterance on."""

    def reset(self) -> None:
        """Forget an utterance that was not spoken to its end; allocates nothing."""

    def synthesize(
        self, tokens: TokenSequence, options: SynthesisOptions, policy: ChunkSizes
    ) -> Iterator[StreamedSpeech]:
        """Yield the samples of one utterance."""
