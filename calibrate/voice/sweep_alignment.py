"""Finds where each word is heard: forced alignment by an independent recogniser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.text import Utterance
from edge_tts.text.phonemes import PAUSES

ALIGNER_RATE: Final = 16_000
"""Samples per second that the recogniser was trained for."""
_FRAME_SECONDS: Final = 0.01
_ROOM_FRAMES: Final = ALIGNER_RATE * 3 // 10


class WordAligner:
    """pocketsphinx with its own acoustic model and our pronunciations of the words."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder, get_model_path

        self._decoder = Decoder(
            hmm=get_model_path("en-us/en-us"),
            lm=None,
            dict=None,
            # Our speech is slower and faster than what the default beams expect.
            beam=1e-100,
            pbeam=1e-100,
            wbeam=1e-80,
            loglevel="FATAL",
        )
        self._words: dict[str, str] = {}

    def align(
        self, utterances: Sequence[Utterance], samples: NDArray[np.float32]
    ) -> list[tuple[float, float]] | None:
        """Seconds at which each spoken word starts and ends.

        Args:
            utterances: What was said, in order.
            samples: Mono speech at ``ALIGNER_RATE``.

        Returns:
            One pair per word of the utterances, or None if the words do not fit the
            sound.
        """
        names = [
            self._name(
                [
                    token.symbol
                    for token in utterance.tokens[
                        word.first_token : word.last_token + 1
                    ]
                    if token.symbol not in PAUSES
                ]
            )
            for utterance in utterances
            for word in utterance.words
        ]
        self._decoder.set_align_text(" ".join(names))
        peak = max(float(np.abs(samples).max(initial=0.0)), 1e-6)
        # Room tone at both ends, or the last word may be given to the silence.
        room = np.random.default_rng(0).normal(0, 8.0, (2, _ROOM_FRAMES))
        speech = np.concatenate([room[0], samples / peak * 0.7 * 32767.0, room[1]])
        pcm = np.round(speech).astype(np.int16)
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.tobytes(), no_search=False, full_utt=True)
        self._decoder.end_utt()
        found = [
            (segment.start_frame, segment.end_frame + 1)
            for segment in self._decoder.seg() or ()
            if segment.word.startswith("w")
        ]
        if len(found) != len(names):
            return None
        early = _ROOM_FRAMES / ALIGNER_RATE
        return [
            (start * _FRAME_SECONDS - early, end * _FRAME_SECONDS - early)
            for start, end in found
        ]

    def _name(self, phones: Sequence[str]) -> str:
        sounds = " ".join(phones)
        if sounds not in self._words:
            self._words[sounds] = f"w{len(self._words)}"
            self._decoder.add_word(self._words[sounds], sounds, True)
        return self._words[sounds]
