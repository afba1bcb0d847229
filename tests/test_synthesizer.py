"""Synthesizer: chunks, marks, pauses, pieces of text, misuse."""

from __future__ import annotations

import itertools
import math
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_tts import Synthesizer
from edge_tts.errors import PackError, StreamStateError, TextError
from edge_tts.options import SynthesisOptions
from edge_tts.text import Passage, Span, SpeechStyle


@pytest.fixture(scope="module")
def synthesizer() -> Iterator[Synthesizer]:
    with Synthesizer() as opened:
        yield opened


def _seconds(synthesizer: Synthesizer, text: str, **options: int) -> float:
    chunks = synthesizer.stream(text, SynthesisOptions(**options))
    return sum(chunk.seconds for chunk in chunks)


def test_marks_name_every_word_in_order(synthesizer: Synthesizer) -> None:
    chunks = list(synthesizer.stream("Two birds sat there. A third came later."))
    marks = [mark for chunk in chunks for mark in chunk.marks]
    words = [mark.text.strip(".") for mark in marks]
    assert words == ["Two", "birds", "sat", "there", "A", "third", "came", "later"]
    assert [mark.utterance_index for mark in marks] == [0] * 4 + [1] * 4
    for before, after in itertools.pairwise(marks):
        assert before.end_sample <= after.start_sample
    total = chunks[-1].start_sample + chunks[-1].num_samples
    assert marks[0].start_sample >= 0
    assert marks[-1].end_sample <= total


def test_pieces_equal_the_whole_text(synthesizer: Synthesizer) -> None:
    text = "It was late. Nobody spoke for a while.\n"
    pieces = [text[i : i + 5] for i in range(0, len(text), 5)]
    whole = np.concatenate([c.samples for c in synthesizer.stream(text)])
    parts = np.concatenate([c.samples for c in synthesizer.stream(pieces)])
    np.testing.assert_array_equal(parts, whole)


def test_pause_is_silence_between_sentences(synthesizer: Synthesizer) -> None:
    text = "This is one. This is two."
    short = _seconds(synthesizer, text, pause_ms=0)
    long = _seconds(synthesizer, text, pause_ms=800)
    assert long - short == pytest.approx(0.8, abs=0.002)


def test_volume_scales_the_samples(synthesizer: Synthesizer) -> None:
    plain = next(c for c in synthesizer.stream("Loud.") if c.num_samples)
    options = SynthesisOptions(volume=-6.0)
    soft = next(c for c in synthesizer.stream("Loud.", options) if c.num_samples)
    np.testing.assert_allclose(soft.samples, plain.samples * 10**-0.3, rtol=1e-5)


def test_first_sound_does_not_wait_for_the_text(synthesizer: Synthesizer) -> None:
    words = "and so it went on and on " * 20
    chunks = synthesizer.stream(f"It went {words.strip()}.")
    first = next(chunk for chunk in chunks if chunk.num_samples)
    assert first.seconds < 0.5
    chunks.close()  # type: ignore[attr-defined]


def test_one_stream_at_a_time(synthesizer: Synthesizer) -> None:
    running = synthesizer.stream("One sentence to begin with.")
    next(running)
    with pytest.raises(StreamStateError, match="speaking already"):
        next(synthesizer.stream("Another."))
    running.close()  # type: ignore[attr-defined]
    assert _seconds(synthesizer, "Another.") > 0.2


def test_closed_synthesizer_says_so() -> None:
    synthesizer = Synthesizer()
    synthesizer.close()
    synthesizer.close()
    with pytest.raises(StreamStateError, match="closed"):
        next(synthesizer.stream("Too late."))


@pytest.mark.parametrize("text", ["", "   \n", "...", "\N{GRINNING FACE}"])
def test_unspeakable_text_is_an_error(synthesizer: Synthesizer, text: str) -> None:
    with pytest.raises(TextError):
        list(synthesizer.stream(text))
    assert _seconds(synthesizer, "Fine again.") > 0.2


def test_unknown_voice_lists_what_there_is() -> None:
    with pytest.raises(PackError, match="kathleen"):
        Synthesizer("nobody")


def test_to_file_writes_what_stream_gives(
    synthesizer: Synthesizer, tmp_path: Path
) -> None:
    path = tmp_path / "a.wav"
    synthesizer.to_file("Written down.", path)
    with wave.open(str(path)) as reader:
        assert reader.getframerate() == synthesizer.format.sample_rate
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
    streamed = b"".join(c.pcm16() for c in synthesizer.stream("Written down."))
    assert samples.tobytes() == streamed
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_breaks_are_exact_and_marks_lie_before_their_words(
    synthesizer: Synthesizer,
) -> None:
    spans = (
        Span("One bird "),
        Span(mark="sat"),
        Span("sat there."),
        Span(break_ms=440),
        Span("Two left."),
        Span(mark="end"),
    )
    chunks = list(synthesizer.stream(Passage(spans)))
    marks = {m.name: m.sample for chunk in chunks for m in chunk.index_marks}
    words = [mark for chunk in chunks for mark in chunk.marks]
    total = chunks[-1].start_sample + chunks[-1].num_samples
    assert marks["sat"] == words[2].start_sample
    assert marks["end"] == total
    alone = _seconds(synthesizer, "One bird sat there.") + _seconds(
        synthesizer, "Two left."
    )
    assert total / synthesizer.format.sample_rate == pytest.approx(alone + 0.44)


def test_deliveries_change_within_a_passage(synthesizer: Synthesizer) -> None:
    def seconds(style: SpeechStyle) -> float:
        passage = Passage((Span("One bird sat there."), Span(" Two left.", style)))
        return sum(chunk.seconds for chunk in synthesizer.stream(passage))

    plain = seconds(SpeechStyle())
    assert seconds(SpeechStyle(speed=0.5)) > plain + 0.2
    assert seconds(SpeechStyle(pitch=99.0)) > 0.5
    silent = Passage((Span("Two left.", SpeechStyle(volume=-math.inf)),))
    samples = np.concatenate([c.samples for c in synthesizer.stream(silent)])
    assert len(samples) and not samples.any()


def test_another_speaker_of_the_pack_takes_over(synthesizer: Synthesizer) -> None:
    def samples(style: SpeechStyle) -> np.ndarray:
        passage = Passage((Span("Two left.", style),))
        return np.concatenate([c.samples for c in synthesizer.stream(passage)])

    other = samples(SpeechStyle(voice="lj"))
    with Synthesizer("lj") as lead:
        alone = np.concatenate([c.samples for c in lead.stream("Two left.")])
    np.testing.assert_array_equal(other, alone)
    assert not np.array_equal(other, samples(SpeechStyle()))


def test_an_unknown_voice_is_found_before_the_first_word(
    synthesizer: Synthesizer,
) -> None:
    passage = Passage((Span("Hello. "), Span("Bye.", SpeechStyle(voice="nobody"))))
    with pytest.raises(PackError, match="nobody"):
        next(synthesizer.stream(passage))
    assert _seconds(synthesizer, "Another.") > 0.2
