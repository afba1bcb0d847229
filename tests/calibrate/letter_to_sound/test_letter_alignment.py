from __future__ import annotations

import random

import pytest

from calibrate.letter_to_sound.alignment import LetterModel, align, align_all
from calibrate.letter_to_sound.dataset import HELD_OUT_SHARE, is_held_out
from calibrate.letter_to_sound.evaluate import edit_distance, evaluate

SOUNDS = {"b": "B", "a": "AE1", "t": "T", "n": "N", "p": "P", "i": "IH1", "e": ""}


def word_list(count: int) -> list[tuple[str, tuple[str, ...]]]:
    generator = random.Random(3)
    words = {
        "".join(generator.choices("batnpie", k=generator.randint(2, 7)))
        for _ in range(count)
    }
    return [
        (word, tuple(SOUNDS[letter] for letter in word if SOUNDS[letter]))
        for word in sorted(words)
    ]


def test_each_letter_gets_its_sound() -> None:
    for entry in align_all(word_list(400), seed=1):
        for letter, chunk in zip(entry.word, entry.chunks, strict=True):
            assert chunk == ((SOUNDS[letter],) if SOUNDS[letter] else ())


def test_a_word_with_too_many_sounds_is_left_out() -> None:
    assert align("w", ("D", "AH1", "B", "AH0"), LetterModel()) is None


def test_held_out_words_are_a_fixed_share() -> None:
    words = [f"word{number}" for number in range(20000)]
    share = sum(map(is_held_out, words)) / len(words)
    assert share == pytest.approx(HELD_OUT_SHARE, abs=0.01)


def test_errors_are_counted_against_the_nearest_variant() -> None:
    references = {"x": (("T", "AH0"), ("T", "OW1", "Z")), "y": (("B",),)}
    guesses = {"x": ("T", "OW0", "Z"), "y": ("B", "D")}
    score = evaluate(references, references, guesses.__getitem__)
    assert (score.words, score.word_errors, score.word_errors_with_stress) == (
        2,
        50,
        100,
    )
    assert score.phoneme_errors == pytest.approx(25.0)
    assert edit_distance("kitten", "sitting") == 3
