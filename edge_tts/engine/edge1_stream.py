"""Family ``edge1``: one utterance from tokens to samples, chunk by chunk."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.plan import ChunkSizes
from edge_tts.engine.delayed_stage import DelayedStage
from edge_tts.engine.edge1_constants import Edge1Constants
from edge_tts.engine.edge1_encoder import Edge1Encoder
from edge_tts.engine.edge1_vocoder import Edge1Vocoder
from edge_tts.engine.elementary import LN_2
from edge_tts.engine.length_regulator import regulate
from edge_tts.engine.speech_stream import StreamedSpeech
from edge_tts.engine.token_sequence import TokenSequence
from edge_tts.models.edge1 import FRAME_FEATURES, FRAMES_PER_ROW, NUM_MELS
from edge_tts.options import SynthesisOptions
from edge_tts.packs.cloned_voice import ClonedVoice

MAX_CHUNK_FRAMES: Final = 512
"""Frames that one call of a stage can take; longer chunks are cut."""


class Edge1Stream:
    """All states of one speaker speaking; one utterance at a time."""

    def __init__(
        self,
        encoder: Edge1Encoder,
        decoder: DelayedStage,
        vocoder: Edge1Vocoder,
        constants: Edge1Constants,
        speaker_index: int,
    ) -> None:
        self._encoder = encoder
        self._decoder = decoder
        self._vocoder = vocoder
        self._constants = constants
        self._speaker_index = speaker_index

    def speak_as(self, speaker_index: int, cloned: ClonedVoice | None = None) -> None:
        """Choose the speaker of the utterances to come; they are never cloned."""
        self._speaker_index = speaker_index
        self._encoder.speak_as(speaker_index)

    def reset(self) -> None:
        """Forget an utterance that was not spoken to its end; allocates nothing."""
        self._decoder.reset()
        self._vocoder.reset(0)

    def synthesize(
        self, tokens: TokenSequence, options: SynthesisOptions, policy: ChunkSizes
    ) -> Iterator[StreamedSpeech]:
        """Yield the samples of one utterance; they do not depend on the policy."""
        self._decoder.reset()
        self._vocoder.reset(options.seed)
        for rows, ends in self._rows(tokens, options, policy):
            samples = self._advance(self._decoder.push(rows)["frames"], options)
            yield StreamedSpeech(samples, ends)
        samples = self._advance(self._decoder.finish()["frames"], options)
        yield StreamedSpeech(np.concatenate([samples, self._vocoder.finish()]))

    def _rows(
        self, tokens: TokenSequence, options: SynthesisOptions, policy: ChunkSizes
    ) -> Iterator[tuple[NDArray[np.float32], tuple[int, ...]]]:
        """Yield decoder rows, and the ends of the tokens encoded for them."""
        sizes = _row_multiples(policy)
        wanted = next(sizes)
        pending: list[NDArray[np.float32]] = []
        num_pending = end_frame = 0
        ends: list[int] = []
        for encoded in self._encoder.encode(tokens, options):
            frames = encoded.frames
            if encoded.window.stop == len(tokens):
                # The closing pause makes the number of frames fit the decoder's step.
                frames[-1] += -(end_frame + int(frames.sum())) % FRAMES_PER_ROW
            ends += (end_frame + np.cumsum(frames)).tolist()
            total = int(frames.sum())
            end_frame += total
            first = 0
            while first < total:
                count = min(wanted - num_pending, total - first)
                pending.append(regulate(encoded.rows, frames, first, count))
                first += count
                num_pending += count
                if num_pending == wanted:
                    yield _pair(pending), tuple(ends)
                    pending, ends, num_pending, wanted = [], [], 0, next(sizes)
        if num_pending:
            yield _pair(pending), tuple(ends)

    def _advance(
        self, frames: NDArray[np.float32], options: SynthesisOptions
    ) -> NDArray[np.float32]:
        """Decoder output (P, 2 * 82) to samples."""
        if not len(frames):
            return np.zeros(0, np.float32)
        frames = frames.reshape(-1, FRAME_FEATURES)
        constants, speaker = self._constants, self._speaker_index
        mel = frames[:, :NUM_MELS] * constants.mel_std + constants.mel_mean
        std = float(constants.log_f0_std[speaker])
        shift = options.pitch * LN_2 / 12.0
        shift -= self._encoder.conditioned_shift(options) * std
        log_f0 = frames[:, NUM_MELS] * np.float32(std) + np.float32(
            float(constants.log_f0_mean[speaker]) + shift
        )
        voiced = (frames[:, NUM_MELS + 1] > 0.0).astype(np.float32)
        return self._vocoder.push(mel, log_f0, voiced)


def _pair(pending: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """(T, D) rows of frames to (T / 2, 2 D) rows of the decoder."""
    frames = np.concatenate(pending)
    return frames.reshape(len(frames) // FRAMES_PER_ROW, -1)


def _row_multiples(policy: ChunkSizes) -> Iterator[int]:
    """Chunk sizes in frames that the decoder and the stages' buffers can take."""
    sizes = itertools.repeat(MAX_CHUNK_FRAMES) if policy.whole else policy.sizes()
    for size in sizes:
        rows = -(-min(size, MAX_CHUNK_FRAMES) // FRAMES_PER_ROW)
        yield rows * FRAMES_PER_ROW
