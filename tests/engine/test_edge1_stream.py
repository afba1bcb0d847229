"""The embedded voice streams exactly on every backend that works here."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.backends.plan import ChunkPolicy
from edge_tts.backends.registry import BACKENDS, backend_problems
from edge_tts.engine import token_window
from edge_tts.engine.edge1_stream import MAX_CHUNK_FRAMES, _row_multiples
from edge_tts.options import WHOLE_UTTERANCE, RuntimeOptions, SynthesisOptions
from edge_tts.synthesizer import Synthesizer, token_sequence
from edge_tts.text import Frontend

SENTENCE = (
    "The two of them stood for a moment at the edge of the clearing, and then, "
    "without another word, they turned back toward the river."
)
CHUNKS = (1, 2, 3, 8, 13, 48, None)


@pytest.fixture(params=list(BACKENDS))
def backend(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    problem = backend_problems()[name]
    if problem is not None:
        pytest.skip(f"backend {name}: {problem}")
    return name


def _speech(
    backend: str, chunk_frames: int | None, **options: float
) -> NDArray[np.float32]:
    runtime = RuntimeOptions(backend=backend, num_threads=1, chunk_frames=chunk_frames)
    with Synthesizer("kathleen", runtime=runtime) as synthesizer:
        chunks = list(synthesizer.stream(SENTENCE, SynthesisOptions(**options)))  # type: ignore[arg-type]
    starts = np.cumsum([0] + [chunk.num_samples for chunk in chunks])
    assert [chunk.start_sample for chunk in chunks] == starts[:-1].tolist()
    return np.concatenate([chunk.samples for chunk in chunks])


def test_streamed_equals_whole(backend: str) -> None:
    whole = _speech(backend, WHOLE_UTTERANCE)
    assert 4.0 < len(whole) / 22_050 < 12.0
    assert 0.05 < np.abs(whole).max() <= 1.0
    for chunk_frames in CHUNKS:
        streamed = _speech(backend, chunk_frames)
        np.testing.assert_allclose(streamed, whole, rtol=0, atol=1e-5)


def test_backends_agree(backend: str) -> None:
    """The same networks: lengths differ by no more than rounded durations."""
    reference = _speech("ort", WHOLE_UTTERANCE)
    other = _speech(backend, WHOLE_UTTERANCE)
    assert abs(len(other) - len(reference)) <= 4 * 256


@pytest.fixture(scope="module")
def synthesizer() -> Iterator[Synthesizer]:
    with Synthesizer("kathleen", runtime=RuntimeOptions(backend="ort")) as opened:
        yield opened


def test_windows_of_tokens_equal_the_whole_utterance(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (utterance,) = Frontend().utterances(SENTENCE)
    tokens = token_sequence(utterance)
    with synthesizer.voice.open_stream() as stream:
        encoder = stream._encoder
    windows = list(encoder.encode(tokens, SynthesisOptions()))
    assert len(windows) > 1

    def one_window(count: int, context: int) -> Iterator[token_window.TokenWindow]:
        yield token_window.TokenWindow(0, count, 0, count)

    monkeypatch.setattr("edge_tts.engine.edge1_encoder.token_windows", one_window)
    (whole,) = encoder.encode(tokens, SynthesisOptions())
    frames = np.concatenate([window.frames for window in windows])
    np.testing.assert_array_equal(frames, whole.frames)
    rows = np.concatenate([window.rows for window in windows])
    np.testing.assert_allclose(rows, whole.rows, atol=1e-4)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.5, 2.0])
def test_speed_changes_the_length(synthesizer: Synthesizer, speed: float) -> None:
    def seconds(options: SynthesisOptions) -> float:
        return sum(chunk.seconds for chunk in synthesizer.stream(SENTENCE, options))

    ratio = seconds(SynthesisOptions()) / seconds(SynthesisOptions(speed=speed))
    assert ratio == pytest.approx(speed, rel=0.08)


@pytest.mark.parametrize("semitones", [-6.0, 6.0])
def test_pitch_moves_f0_by_semitones(
    synthesizer: Synthesizer, semitones: float
) -> None:
    def median_pitch(options: SynthesisOptions) -> float:
        # The free stream is the one that will be used.
        with synthesizer.voice.open_stream() as stream:
            vocoder = stream._vocoder
        seen: list[float] = []
        push = vocoder.push

        def listen(
            mel: NDArray[np.float32],
            log_f0: NDArray[np.float32],
            voiced: NDArray[np.float32],
        ) -> NDArray[np.float32]:
            seen.extend(np.exp(log_f0[voiced > 0]).tolist())
            return push(mel, log_f0, voiced)

        vocoder.push = listen  # type: ignore[method-assign]
        try:
            for _ in synthesizer.stream(SENTENCE, options):
                pass
        finally:
            del vocoder.push  # type: ignore[attr-defined]
        return float(np.median(seen))

    ratio = median_pitch(SynthesisOptions(pitch=semitones)) / median_pitch(
        SynthesisOptions()
    )
    assert 12 * np.log2(ratio) == pytest.approx(semitones, abs=1.5)


def test_seed_decides_the_noise_alone(synthesizer: Synthesizer) -> None:
    def speech(seed: int) -> NDArray[np.float32]:
        options = SynthesisOptions(seed=seed)
        chunks = synthesizer.stream("One more time.", options)
        return np.concatenate([chunk.samples for chunk in chunks])

    first, again, other = speech(1), speech(1), speech(2)
    np.testing.assert_array_equal(first, again)
    assert first.shape == other.shape
    assert (first != other).any()


def test_chunks_grow_in_whole_rows_of_the_decoder() -> None:
    policy = ChunkPolicy(first_frames=7, max_frames=48, growth=2.0, whole=False)
    sizes = list(itertools.islice(_row_multiples(policy), 6))
    assert sizes == [8, 14, 28, 48, 48, 48]
    whole = ChunkPolicy(first_frames=7, max_frames=48, growth=2.0, whole=True)
    assert next(_row_multiples(whole)) == MAX_CHUNK_FRAMES
