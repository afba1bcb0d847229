"""Guesses the pronunciation of words that no lexicon knows: a small network in NumPy.

Convolutions over the letters, then a left-to-right beam search in which each letter
emits none to three phonemes, given the last chunks and whether the main stress is out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import TextError
from edge_tts.text.weights import read_weights

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz'"
HISTORY: Final = 3
"""Chunks before a letter that its sound depends on."""
BEAM: Final = 4
MAX_LETTERS: Final = 48
"""Longer words are pronounced in parts, so that their cost stays linear."""
DEFAULT_PATH: Final = Path(__file__).with_name("data") / "letter_to_sound.bin"

Array = NDArray[np.float32]
_LETTER_IDS: Final = {letter: index for index, letter in enumerate(ALPHABET, 1)}
_NO_STRESS: Final = -20.0


class _Beam(NamedTuple):
    score: float
    chunks: tuple[int, ...]
    stressed: int


class LetterToSound:
    """Maps the letters of a word to phonemes, under a millisecond for usual words.

    Args:
        path: Weights written by ``python -m calibrate.letter_to_sound``.

    Raises:
        TextError: The file is missing or damaged. The weights are read at first use.
    """

    def __init__(self, path: Path = DEFAULT_PATH) -> None:
        self._path = path
        self._arrays: dict[str, Array] | None = None
        self._chunks: list[tuple[str, ...]] = []
        self._is_stress = np.zeros(0, np.int64)
        self._num_layers = 0

    def pronounce(self, word: str) -> tuple[str, ...]:
        """Phonemes of a lower-case word; empty when it has no Latin letter."""
        letters = [_LETTER_IDS[letter] for letter in word if letter in _LETTER_IDS]
        phonemes: list[str] = []
        for start in range(0, len(letters), MAX_LETTERS):
            part = letters[start : start + MAX_LETTERS]
            for chunk in self._search(self._encode(part)):
                phonemes.extend(self._chunks[chunk])
        return tuple(phonemes)

    def _load(self) -> dict[str, Array]:
        if self._arrays is None:
            arrays, metadata = read_weights(self._path)
            chunks = [tuple(c.split()) for c in metadata.get("chunks", "").split(",")]
            if arrays["output.weight"].shape[1] != len(chunks):
                raise TextError(
                    f"{self._path}: expected one chunk per output; "
                    "reinstall the package"
                )
            self._chunks = chunks
            self._is_stress = np.array(
                [any(p.endswith("1") for p in chunk) for chunk in chunks], np.int64
            )
            self._num_layers = sum(
                name.startswith("layer") and name.endswith("bias") for name in arrays
            )
            arrays["past"] = _past_table(arrays)
            self._arrays = arrays
        return self._arrays

    def _encode(self, letters: list[int]) -> Array:
        """(T, hidden) part of the classifier's input that the letters decide."""
        arrays = self._load()
        x = arrays["letters.weight"][letters]
        x = np.maximum(_convolve(x, arrays, "first"), 0.0)
        for layer in range(self._num_layers):
            step = _convolve(_normalise(x), arrays, f"layer{layer}")
            x = x + np.maximum(step, 0.0)
        hidden: Array = _normalise(x) @ arrays["hidden.weight"] + arrays["hidden.bias"]
        return hidden

    def _search(self, encoded: Array) -> tuple[int, ...]:
        arrays = self._load()
        table, stress = arrays["past"], arrays["stressed.weight"]
        output, bias = arrays["output.weight"], arrays["output.bias"]
        start = len(self._chunks)
        beams = [_Beam(0.0, (start,) * HISTORY, 0)]
        places = np.arange(HISTORY)
        for row in encoded:
            past = np.array([beam.chunks[: -HISTORY - 1 : -1] for beam in beams])
            flags = [beam.stressed for beam in beams]
            hidden = row + table[places, past].sum(1) + stress[flags]
            logits = np.maximum(hidden, 0.0) @ output + bias
            logits -= logits.max(1, keepdims=True)
            scores = logits - np.log(np.exp(logits).sum(1, keepdims=True))
            scores += np.array([[beam.score] for beam in beams], np.float32)
            flat = scores.ravel()
            best = np.argpartition(flat, -BEAM)[-BEAM:]
            beams = [
                _Beam(
                    float(flat[index]),
                    (*beams[index // start].chunks, int(index % start)),
                    beams[index // start].stressed
                    | int(self._is_stress[index % start]),
                )
                for index in best[np.argsort(-flat[best])].tolist()
            ]
        best_beam = max(
            beams, key=lambda b: b.score + (0.0 if b.stressed else _NO_STRESS)
        )
        return best_beam.chunks[HISTORY:]


def _past_table(arrays: dict[str, Array]) -> Array:
    """(HISTORY, chunks + 1, hidden): what each chunk adds at each place."""
    embedding = arrays["chunks.weight"]
    size = embedding.shape[1]
    weight = arrays["past.weight"].reshape(HISTORY, size, -1)
    table: Array = np.einsum("ce,peh->pch", embedding, weight).astype(np.float32)
    return table


def _convolve(x: Array, arrays: dict[str, Array], name: str) -> Array:
    weight = arrays[f"{name}.weight"]
    kernel = weight.shape[0] // x.shape[1]
    padded = np.zeros((len(x) + kernel - 1, x.shape[1]), np.float32)
    padded[kernel // 2 : kernel // 2 + len(x)] = x
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=0)
    flat = windows.transpose(0, 2, 1).reshape(len(x), -1)
    result: Array = flat @ weight + arrays[f"{name}.bias"]
    return result


def _normalise(x: Array) -> Array:
    centred = x - x.mean(1, keepdims=True)
    variance = np.square(centred).mean(1, keepdims=True)
    result: Array = centred / np.sqrt(variance + np.float32(1e-5))
    return result
