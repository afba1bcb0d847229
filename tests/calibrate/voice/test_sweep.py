"""The sweep finds what it is meant to find, and passes good speech."""

from __future__ import annotations

import numpy as np
import pytest

from calibrate.voice.diverse_sentences import diverse_sentences
from calibrate.voice.sweep_checks import shifted_words, sound_problems
from edge_tts.synthesizer import Synthesizer
from edge_tts.text import Frontend

TEXT = "The quick brown fox carried seven apples over the garden gate."
PHONEMES, WORDS = 46, 11


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    with Synthesizer() as synthesizer:
        return np.concatenate([chunk.samples for chunk in synthesizer.stream(TEXT)])


def _problems(samples: np.ndarray) -> list[str]:
    return sound_problems(samples, 22_050, PHONEMES, WORDS)


def test_good_speech_passes(speech: np.ndarray) -> None:
    assert _problems(speech) == []


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda x: np.where(np.arange(len(x)) == 999, np.nan, x), "finite"),
        (lambda x: np.clip(x * 50, -1, 1), "clipped"),
        (
            lambda x: np.concatenate([x[:30_000], np.zeros(25_000), x[30_000:]]),
            "silent",
        ),
        (lambda x: x + 0.3 * (np.arange(len(x)) == 40_000), "click"),
        (lambda x: x[: len(x) // 3], "per phoneme"),
        (lambda x: np.concatenate([x, x, x]), "per phoneme"),
    ],
)
def test_damage_is_found(speech: np.ndarray, damage: object, word: str) -> None:
    problems = _problems(damage(speech).astype(np.float32))  # type: ignore[operator]
    assert any(word in problem for problem in problems), problems


def test_a_word_that_is_heard_elsewhere_is_named() -> None:
    marks = [(0.0, 0.3), (0.3, 0.6), (0.6, 0.9)]
    assert shifted_words(marks, marks) == []
    assert shifted_words(marks, [(0.0, 0.3), (0.3, 0.6), (1.1, 1.4)]) == [2]
    assert shifted_words(marks, [(0.0, 0.5), (0.5, 0.6), (0.6, 0.9)]) == []


def test_the_aligner_hears_a_missing_word(speech: np.ndarray) -> None:
    pytest.importorskip("pocketsphinx", reason="extra calibrate is not installed")
    soxr = pytest.importorskip("soxr", reason="extra calibrate is not installed")
    from calibrate.voice.sweep_alignment import ALIGNER_RATE, WordAligner

    with Synthesizer() as synthesizer:
        marks = [
            (mark.start_sample, mark.end_sample)
            for chunk in synthesizer.stream(TEXT)
            for mark in chunk.marks
        ]
    places = [(start / 22_050, end / 22_050) for start, end in marks]
    utterances = list(Frontend().utterances(TEXT))
    aligner = WordAligner()

    def shifted(samples: np.ndarray) -> list[int] | None:
        heard = aligner.align(utterances, soxr.resample(samples, 22_050, ALIGNER_RATE))
        return None if heard is None else shifted_words(places, heard)

    assert shifted(speech) == []
    start, end = marks[4][0], marks[5][1]
    assert shifted(np.concatenate([speech[:start], speech[end:]])) != []
    assert shifted(np.concatenate([speech[:end], speech[start:]])) != []


def test_sentences_are_diverse_and_always_the_same() -> None:
    sentences = diverse_sentences(300)
    assert len(set(sentences)) == 300
    assert diverse_sentences(200) == sentences[:200]
    assert diverse_sentences(300, seed=2) != sentences
    lengths = [len(sentence.split()) for sentence in sentences]
    assert min(lengths) == 1
    assert max(lengths) > 70
    for wanted in ("?", "!", "\u201c", "(", "\u2014", "@", "$", "%", "Dr."):
        assert any(wanted in sentence for sentence in sentences), wanted
    frontend = Frontend()
    assert all(frontend.is_speakable(sentence) for sentence in sentences)
