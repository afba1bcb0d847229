"""An offline recogniser judges intelligibility: pocketsphinx, flat unigrams."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from math import log10
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_tts.text import Frontend
from edge_tts.text.phonemes import PAUSES

RECOGNISER_RATE = 16_000
"""Samples per second that the acoustic model was trained for."""

_WORD = re.compile(r"[a-z][a-z']*")


def words_of(sentence: str) -> list[str]:
    """The words that a perfect recogniser would return for a sentence."""
    return [word.strip("'") for word in _WORD.findall(sentence.lower())]


class FlatUnigramRecogniser:
    """Every word of the test sentences is equally likely at every place.

    A bigram model over the sentences themselves saturates: it would guess the text from
    a few clear words. Pronunciations come from one front end for all systems judged.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        from pocketsphinx import Decoder, get_model_path

        vocabulary = sorted({word for s in sentences for word in words_of(s)})
        self.vocabulary_size = len(vocabulary)
        """Words the recogniser chooses from."""
        with tempfile.TemporaryDirectory() as folder:
            dictionary = Path(folder, "words.dict")
            dictionary.write_text(_dictionary(vocabulary), encoding="utf-8")
            model = Path(folder, "flat.lm")
            model.write_text(_unigrams(vocabulary), encoding="utf-8")
            self._decoder = Decoder(
                hmm=get_model_path("en-us/en-us"),
                lm=str(model),
                dict=str(dictionary),
                loglevel="FATAL",
            )

    def recognise(self, samples: NDArray[np.float32]) -> list[str]:
        """Words heard in mono speech at ``RECOGNISER_RATE``."""
        peak = max(float(np.abs(samples).max(initial=0.0)), 1e-6)
        pcm = np.round(samples / peak * 0.7 * 32767.0).astype(np.int16)
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.tobytes(), no_search=False, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return str(hypothesis.hypstr).split() if hypothesis else []


def word_errors(spoken: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of substitutions, insertions and deletions between two texts."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(spoken, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other)),
            )
    return row[-1]


def _unigrams(vocabulary: Sequence[str]) -> str:
    chance = log10(1.0 / (len(vocabulary) + 1))
    lines = ["\\data\\", f"ngram 1={len(vocabulary) + 2}", "", "\\1-grams:"]
    lines += [f"{chance:.4f} </s>", "-99 <s> 0.0"]
    lines += [f"{chance:.4f} {word} 0.0" for word in vocabulary]
    return "\n".join([*lines, "", "\\end\\", ""])


def _dictionary(vocabulary: Sequence[str]) -> str:
    frontend = Frontend()
    lines = []
    for word in vocabulary:
        symbols = [
            token.symbol
            for utterance in frontend.utterances(word)
            for token in utterance.tokens
            if token.symbol not in PAUSES
        ]
        lines.append(f"{word} {' '.join(symbols)}")
    return "\n".join([*lines, ""])
