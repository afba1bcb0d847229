"""The recogniser hears what the voice says, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from edge_tts.cli import main
from edge_tts.narrate.sentence_speaker import SentenceSpeaker, SpeechRequest
from edge_tts.options import RuntimeOptions
from edge_tts.text.passage import Passage
from edge_tts.text.span import Span

VOICE = "edge-en/kathleen"
TEXT = "In 1876 the old captain sailed his little ship out of the harbour."


def request(text: str) -> SpeechRequest:
    return SpeechRequest("k", text, VOICE, 1.0, 0.0, 0.0, 0, 1.0)


def test_it_hears_the_sentence_and_no_other(speaks: None) -> None:
    pytest.importorskip("pocketsphinx", reason="the extra `recognise` is not installed")
    from edge_tts.narrate.recogniser import Recogniser

    speaker = SentenceSpeaker(RuntimeOptions(), None)
    samples = speaker.speak(request(TEXT)).pcm.astype(np.float32) / 32768.0
    rate = speaker.sample_rate(VOICE)
    speaker.close()
    recogniser = Recogniser(None)
    heard, count = recogniser.heard_words(samples, rate, Passage((Span(TEXT),)))
    assert count >= 13 and heard >= 0.8 * count
    other = "Nobody knew why seventy people waited so long under that green window."
    heard, count = recogniser.heard_words(samples, rate, Passage((Span(other),)))
    assert count == 12 and heard < 0.4 * count
    # Noise of the same length and level.
    noise = np.random.default_rng(1).normal(0.0, 0.1, len(samples)).astype(np.float32)
    heard, count = recogniser.heard_words(noise, rate, Passage((Span(TEXT),)))
    assert heard < 0.4 * count


def test_an_unheard_take_is_spoken_again_and_reported(
    speaks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pocketsphinx", reason="the extra `recognise` is not installed")
    speaker = SentenceSpeaker(RuntimeOptions(), None, recognise=True)
    text = "The sun rose over the quiet harbour."
    assert speaker.speak(request(text)).problems == ()
    # Now no take is good enough.
    monkeypatch.setattr("edge_tts.narrate.sentence_speaker.LEAST_RECOGNISED", 2.0)
    spoken = speaker.speak(request(text))
    speaker.close()
    (problem,) = spoken.problems
    assert problem.endswith("of 7 words recognised")


def test_without_pocketsphinx_it_is_said_at_once(
    speaks: None,
    book_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    words = ["narrate", str(book_file), "-o", str(book_file.with_suffix(".wav"))]
    assert main([*words, "--recognise"]) == 1
    assert "edge-tts-runtime[recognise]" in capsys.readouterr().err
