"""Guesses the pronunciation of words that no lexicon knows: a small network in NumPy.

Convolutions over the letters, then a left-to-right beam search in which each letter
emits none to three phonemes, given the last chunks and whether the main stress is out.

All in doubles: NumPy's sums and logarithms differ between CPUs in the last bits, and in
single precision a close call between two pronunciations could fall either way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import TextError

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz'"
HISTORY: Final = 3
"""Chunks before a letter that its sound depends on."""
BEAM: Final = 4
MAX_LETTERS: Final = 48
"""Longer words are pronounced in parts, so that their cost stays linear."""
DEFAULT_PATH: Final = Path(__file__).with_name("data") / "letter_to_sound.bin"

Array = NDArray[np.float64]
_LETTER_IDS: Final = {letter: index for index, letter in enumerate(ALPHABET, 1)}
_NO_STRESS: Final = -20.0


_PLACES: Final = np.arange(HISTORY)[None]


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
            # Imported at the first unknown word: it needs the JSON parser.
            from edge_tts.text.weights import read_weights

            single, metadata = read_weights(self._path)
            arrays = {n: values.astype(np.float64) for n, values in single.items()}
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

    def _search(self, encoded: Array) -> list[int]:
        """Chunk of each letter by beam search, the best of all that hold a stress."""
        arrays = self._load()
        output, bias = arrays["output.weight"], arrays["output.bias"]
        past, stress = arrays["past"], arrays["stressed.weight"]
        size = len(self._chunks)
        # (beams, HISTORY) rows of ``past``: a chunk, shifted by its distance.
        history = _PLACES * (size + 1) + size
        stressed = np.zeros(1, np.int64)
        scores = np.zeros((1, 1))
        back: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        for row in encoded:
            hidden = row + past[history].sum(1) + stress[stressed]
            logits = np.maximum(hidden, 0.0) @ output + bias
            logits -= logits.max(1, keepdims=True)
            flat = (
                logits - np.log(np.exp(logits).sum(1, keepdims=True)) + scores
            ).ravel()
            best = flat.argpartition(-BEAM)[-BEAM:]
            scores = flat[best, None]
            origin, chunk = np.divmod(best, size)
            back.append((origin, chunk))
            history = np.concatenate(
                (chunk[:, None], history[origin, :-1] + (size + 1)), axis=1
            )
            stressed = stressed[origin] | self._is_stress[chunk]
        place = int((scores[:, 0] + _NO_STRESS * (stressed == 0)).argmax())
        chunks: list[int] = []
        for origin, chunk in reversed(back):
            chunks.append(int(chunk[place]))
            place = int(origin[place])
        return chunks[::-1]


def _past_table(arrays: dict[str, Array]) -> Array:
    """(HISTORY * (chunks + 1), hidden): what each chunk adds at each place."""
    embedding = arrays["chunks.weight"]
    size = embedding.shape[1]
    weight = arrays["past.weight"].reshape(HISTORY, size, -1)
    table: Array = np.einsum("ce,peh->pch", embedding, weight)
    return table.reshape(-1, weight.shape[-1])


def _convolve(x: Array, arrays: dict[str, Array], name: str) -> Array:
    weight = arrays[f"{name}.weight"]
    kernel = weight.shape[0] // x.shape[1]
    padded = np.zeros((len(x) + kernel - 1, x.shape[1]))
    padded[kernel // 2 : kernel // 2 + len(x)] = x
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=0)
    flat = windows.transpose(0, 2, 1).reshape(len(x), -1)
    result: Array = flat @ weight + arrays[f"{name}.bias"]
    return result


def _normalise(x: Array) -> Array:
    centred = x - x.mean(1, keepdims=True)
    variance = np.square(centred).mean(1, keepdims=True)
    result: Array = centred / np.sqrt(variance + 1e-5)
    return result
