"""Synthesizer: chunks, marks, pauses, pieces of text, misuse."""

from __future__ import annotations

import itertools
import math
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts import Synthesizer
from edge_tts.errors import BackendError, PackError, StreamStateError, TextError
from edge_tts.options import RuntimeOptions, SynthesisOptions
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


def _samples(synthesizer: Synthesizer, text: str) -> NDArray[np.float32]:
    return np.concatenate([chunk.samples for chunk in synthesizer.stream(text)])


def test_two_texts_at_once(synthesizer: Synthesizer) -> None:
    one, other = "One sentence to begin with.", "And quite another one."
    expected = [_samples(synthesizer, one), _samples(synthesizer, other)]
    running = [synthesizer.stream(one), synthesizer.stream(other)]
    parts: list[list[NDArray[np.float32]]] = [[], []]
    for chunks in itertools.zip_longest(*running):
        for part, chunk in zip(parts, chunks, strict=True):
            if chunk is not None:
                part.append(chunk.samples)
    for part, whole in zip(parts, expected, strict=True):
        np.testing.assert_array_equal(np.concatenate(part), whole)


@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("backend", ["native", "ort"])
def test_threads_may_share_a_synthesizer(backend: str, num_threads: int) -> None:
    """More threads than streams, each with its own text: the samples of one thread."""
    texts = [f"Sentence number {n}. It is {n} past ten." for n in range(2, 7)]
    runtime = RuntimeOptions(backend=backend, num_threads=num_threads)
    try:
        synthesizer = Synthesizer(runtime=runtime, max_streams=3)
    except BackendError as error:
        pytest.skip(str(error))
    with synthesizer:
        expected = {text: _samples(synthesizer, text) for text in texts}
        with ThreadPoolExecutor(len(texts)) as pool:
            found = list(pool.map(lambda text: _samples(synthesizer, text), 3 * texts))
    for text, samples in zip(3 * texts, found, strict=True):
        np.testing.assert_array_equal(samples, expected[text])


def test_an_abandoned_text_gives_its_stream_back() -> None:
    with Synthesizer(max_streams=1) as synthesizer:
        expected = _samples(synthesizer, "Another one.")
        for _ in range(3):
            running = synthesizer.stream("One sentence that nobody hears to its end.")
            next(running)
            del running
            found = _samples(synthesizer, "Another one.")
            np.testing.assert_array_equal(found, expected)


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
