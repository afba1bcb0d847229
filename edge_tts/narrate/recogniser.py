"""Owns Recogniser: a second opinion on whether a take says its sentence.

pocketsphinx (BSD licence, model included) picks words one after the other, each equally
likely, from those of the sentence and some that are not in it. Pronunciations come from
the front end, so names and numbers are known. It finds takes that say something else,
not wrong pronunciations: it looks for the sounds that the front end asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import ConfigError, TextError
from edge_tts.text import Frontend
from edge_tts.text.passage import Passage, SpokenPart
from edge_tts.text.phonemes import PAUSES
from edge_tts.text.span import Span

if TYPE_CHECKING:
    from pathlib import Path

RATE: Final = 16_000
"""That the acoustic model was trained for, Hz."""
LEAST_WORDS: Final = 4
"""Shorter texts say too little about a recogniser's mistakes."""
_OTHERS: Final = (
    "about again all always among answer because before between both children could "
    "country enough every father found great hand house into large letter light little "
    "money morning mother mountain never number often only other people perhaps place "
    "question river room several should small something sometimes state still story "
    "these thing thought together under until voice water where which without woman "
    "world would year young"
)


class Recogniser:
    """One decoder with its model, 45 MB; not for several threads at a time.

    Args:
        lexicon: The user's pronunciations, as the voice has them.

    Raises:
        ConfigError: pocketsphinx is not installed.
    """

    def __init__(self, lexicon: Path | None) -> None:
        decoder_type = require_recogniser()
        from pocketsphinx import get_model_path

        self._decoder = decoder_type(
            hmm=get_model_path("en-us/en-us"), lm=None, dict=None, loglevel="FATAL"
        )
        self._frontend = Frontend(user_lexicon=lexicon)
        self._others = self._words(Passage((Span(_OTHERS),)))

    def heard_words(
        self, samples: NDArray[np.float32], sample_rate: int, passage: Passage
    ) -> tuple[int, int]:
        """Words of a passage that were heard in order, and how many it has.

        Args:
            samples: (n,) full scale 1.
            sample_rate: Hz.
            passage: What should be said.
        """
        words = self._words(passage)
        if len(words) < LEAST_WORDS or not len(samples):
            return len(words), len(words)
        loop = " | ".join(dict.fromkeys([*words, *self._others]))
        grammar = f"#JSGF V1.0; grammar g; public <g> = ({loop})+;"
        self._decoder.add_jsgf_string("sentence", grammar)
        self._decoder.activate_search("sentence")
        peak = max(float(np.abs(samples).max()), 1e-6)
        pcm = np.round(_resampled(samples, sample_rate) * (0.7 * 32767.0 / peak))
        self._decoder.start_utt()
        data = np.clip(pcm, -32767, 32767).astype(np.int16).tobytes()
        self._decoder.process_raw(data, no_search=False, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        heard = str(hypothesis.hypstr).split() if hypothesis else []
        return _in_common(words, heard), len(words)

    def _words(self, passage: Passage) -> list[str]:
        """A name for each word by its sounds, which the decoder then knows."""
        names = []
        try:
            parts = list(self._frontend.passage(passage))
        except TextError:
            return []
        for part in parts:
            if not isinstance(part, SpokenPart):
                continue
            tokens = part.utterance.tokens
            for word in part.utterance.words:
                sounds = [
                    token.symbol
                    for token in tokens[word.first_token : word.last_token + 1]
                    if token.symbol not in PAUSES
                ]
                if sounds:
                    name = "_".join(sounds)
                    if self._decoder.lookup_word(name) is None:
                        self._decoder.add_word(name, " ".join(sounds), True)
                    names.append(name)
        return names


def require_recogniser() -> Callable[..., Any]:
    """pocketsphinx's decoder.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise ConfigError(
            f"--recognise needs pocketsphinx, which is missing ({error}): "
            "pip install 'edge-tts-runtime[recognise]'"
        ) from error
    decoder: Callable[..., Any] = Decoder
    return decoder


def _resampled(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """At ``RATE``, by cutting the spectrum; a take is short."""
    spectrum = np.fft.rfft(samples)
    count = len(samples) * RATE // rate
    kept = np.zeros(count // 2 + 1, spectrum.dtype)
    size = min(len(kept), len(spectrum))
    kept[:size] = spectrum[:size]
    out: NDArray[np.float64] = np.fft.irfft(kept, count) * (count / len(samples))
    return out


def _in_common(words: Sequence[str], heard: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(heard) + 1)
    for word in words:
        diagonal = 0
        for j, other in enumerate(heard, 1):
            above = row[j]
            row[j] = diagonal + 1 if word == other else max(row[j], row[j - 1])
            diagonal = above
    return row[-1]
