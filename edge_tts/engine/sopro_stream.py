"""Families ``sopro1.5`` and ``sopro1``: one sentence to samples, chunk by chunk."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.backends.plan import ChunkSizes
from edge_tts.engine.mimi_decoder import MimiDecoder
from edge_tts.engine.sopro_conditioner import SoproConditioner
from edge_tts.engine.sopro_constants import SoproConstants
from edge_tts.engine.sopro_generator import SoproGenerator
from edge_tts.engine.sopro_refiner import Refiner
from edge_tts.engine.sopro_text import EncodedText, SoproText
from edge_tts.engine.speech_stream import StreamedSpeech
from edge_tts.engine.token_sampler import SamplerSettings
from edge_tts.engine.token_sequence import TokenSequence
from edge_tts.errors import PackError
from edge_tts.options import SynthesisOptions
from edge_tts.packs.cloned_voice import ClonedVoice

LOOKAHEAD: Final = 8
"""Frames after a chunk whose first code v1.5 waits for, 0.64 s; see docs/sopro.md."""
RETRIES: Final = 2
"""Further attempts at a sentence that ended too early, or not at all."""
LEAST_PER_TOKEN: Final = 1.0
MOST_PER_TOKEN: Final = 12.0
MOST_EXTRA: Final = 40
"""Frames per text token: English speech has about 4; beyond these it has gone wrong."""
MOST_AWAITED: Final = 24
"""Frames that a stream draws before its first sound, to see that speech goes on."""
_SEED_STEP: Final = 0x9E3779B9
_LOG = logging.getLogger(__name__)


class SoproStream:
    """All states of one cloned voice speaking; one sentence at a time.

    Args:
        text: Tokens and encoder.
        conditioner: Of the frames.
        generator: Of the first codebook.
        refiner: Of the others.
        decoder: Codes to samples.
        constants: Of the pack.
        looks_ahead: Whether the refiner wants frames after a chunk.
    """

    def __init__(
        self,
        text: SoproText,
        conditioner: SoproConditioner,
        generator: SoproGenerator,
        refiner: Refiner,
        decoder: MimiDecoder,
        constants: SoproConstants,
        *,
        looks_ahead: bool,
    ) -> None:
        self._text = text
        self._conditioner = conditioner
        self._generator = generator
        self._refiner = refiner
        self._decoder = decoder
        self._constants = constants
        self._looks_ahead = looks_ahead
        self._voice: ClonedVoice | None = None
        shape = (len(constants.frame_positions), constants.num_codebooks)
        self._codes = np.zeros(shape, np.int32)
        self._warned = False

    def speak_as(self, speaker_index: int, cloned: ClonedVoice | None = None) -> None:
        """Choose the voice of the sentences to come."""
        self._voice = cloned

    def reset(self) -> None:
        """Forget a sentence that was not spoken to its end; allocates nothing."""
        self._decoder.reset()

    def synthesize(
        self, tokens: TokenSequence, options: SynthesisOptions, policy: ChunkSizes
    ) -> Iterator[StreamedSpeech]:
        """Yield the samples of one sentence.

        v1: they do not depend on the policy. v1.5: the refined codes do, unless the
        policy asks for the whole sentence at once.

        Raises:
            PackError: No voice was chosen, or it is for another pack.
            TextError: The text is too long.
        """
        if not self._warned and (options.speed != 1.0 or options.pitch):
            self._warned = True
            _LOG.warning("this voice has no speed and no pitch to set; both ignored")
        encoded = self._text.encode(tokens.text)
        self._start(encoded, options, policy)
        count = 0
        for stop in self._chunks(options, policy):
            samples = self._decoder.push(self._codes[count:stop])
            count = stop
            ended = self._generator.ended and stop == len(self._generator.codes)
            ends = _even_ends(len(tokens), stop) if ended else ()
            yield StreamedSpeech(samples, ends)

    def _start(
        self, text: EncodedText, options: SynthesisOptions, policy: ChunkSizes
    ) -> None:
        """Begin, and begin again while the sentence ends too early to be one."""
        sampling, constants, voice = options.sampling, self._constants, self._voice
        if voice is None:
            raise PackError(
                "this pack has no voice of its own; clone one from a recording: "
                "edgetts clone RECORDING --name NAME"
            )
        strength = sampling.style_strength
        self._conditioner.start(
            text.pooled,
            voice,
            constants.style_strength if strength is None else strength,
        )
        limit = constants.max_frames
        if sampling.max_seconds is not None:
            limit = min(limit, max(1, int(sampling.max_seconds * constants.frame_hz)))
        least = min(limit, int(LEAST_PER_TOKEN * text.num_tokens))
        if not policy.whole:
            least = min(least, MOST_AWAITED)
        most = int(MOST_PER_TOKEN * text.num_tokens) + MOST_EXTRA
        stop = None
        if sampling.stop_threshold is not None or sampling.stop_patience is not None:
            stop = (
                _given(sampling.stop_threshold, constants.stop_threshold),
                int(_given(sampling.stop_patience, constants.stop_patience)),
            )
        for attempt in range(RETRIES + 1):
            self._decoder.reset()
            self._refiner.start()
            self._generator.start(
                text.held,
                voice.codes[: constants.prompt_frames, 0].tolist(),
                _settings(constants.sampler, options),
                options.seed + attempt * _SEED_STEP,
                min(limit, most),
                stop,
            )
            count = self._generator.advance(limit if policy.whole else least)
            early = self._generator.ended and count < least
            late = policy.whole and not self._generator.stopped and most < limit
            if not early and not late:
                return
            what = "after" if early else "without an end at"
            _LOG.warning(
                "attempt %d ended %s %.1f s of speech for %d tokens",
                attempt + 1,
                what,
                count / constants.frame_hz,
                text.num_tokens,
            )

    def _chunks(self, options: SynthesisOptions, policy: ChunkSizes) -> Iterator[int]:
        """Fill in codes; yield how many frames are final."""
        generator = self._generator
        ahead = _given(options.sampling.lookahead_frames, LOOKAHEAD)
        ahead = int(ahead) if self._looks_ahead else 0
        sizes = policy.sizes()
        longest = len(self._codes)
        done = filled = 0
        while True:
            size = longest if policy.whole else next(sizes)
            known = generator.advance(min(done + size + ahead, longest))
            stop = min(done + size, known)
            if stop == done:
                return
            self._codes[filled:known, 0] = generator.codes[filled:known]
            filled = known
            self._refiner.refine(self._codes, done, stop, known)
            yield from range(done + _PUSHED, stop, _PUSHED)
            yield stop
            done = stop


_PUSHED: Final = 32
"""Frames of a whole sentence that are decoded before samples are given out."""


def _given(value: float | None, default: float) -> float:
    return default if value is None else value


def _settings(pack: SamplerSettings, options: SynthesisOptions) -> SamplerSettings:
    given = options.sampling
    return replace(
        pack,
        temperature=_given(given.temperature, pack.temperature),
        top_p=_given(given.top_p, pack.top_p),
        top_k=pack.top_k if given.top_k is None else given.top_k,
    )


def _even_ends(num_tokens: int, num_frames: int) -> tuple[int, ...]:
    """Where tokens would end if all took the same time: nothing better is known."""
    ends: NDArray[np.int64] = np.arange(1, num_tokens + 1) * num_frames
    return tuple((ends // max(num_tokens, 1)).tolist())
