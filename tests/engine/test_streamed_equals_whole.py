"""The whole voice on the native backend: any chunks, any threads, the same bits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_tts.backends.native_kernels import native_kernels
from edge_tts.backends.native_session import NativeSession
from edge_tts.backends.native_workers import NativeWorkers
from edge_tts.backends.plan import ChunkPolicy
from edge_tts.cpu import current_isa, native_library
from edge_tts.options import WHOLE_UTTERANCE, RuntimeOptions, SynthesisOptions
from edge_tts.synthesizer import token_sequence
from edge_tts.text import Frontend
from edge_tts.voice import Voice

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(LIBRARY.handle is None, reason=LIBRARY.reason or "-")
SENTENCE = "They turned back toward the river, without another word, and left."
THREADS = (1, 2, 3)
OPTIONS = SynthesisOptions(speed=1.1, pitch=2.0, seed=5)


class MixedChunks(ChunkPolicy):
    """Sizes in any order, over and over."""

    mix: tuple[int, ...]

    def sizes(self) -> Iterator[int]:
        return itertools.cycle(self.mix)


def mixed(sizes: tuple[int, ...]) -> MixedChunks:
    policy = MixedChunks(1, max(sizes), 1.0, False)
    object.__setattr__(policy, "mix", sizes)
    return policy


@pytest.fixture(scope="module")
def voices() -> Iterator[dict[int, Voice]]:
    """By number of threads; the workers take part whatever else the machine does."""
    opened = {}
    for threads in THREADS:
        runtime = RuntimeOptions(
            backend="native", num_threads=1, chunk_frames=WHOLE_UTTERANCE
        )
        opened[threads] = voice = Voice.load("kathleen", runtime)
        if threads > 1:
            pool = NativeWorkers(native_kernels(current_isa()), threads, eager=True)
            for executor in voice._executors.values():
                assert isinstance(executor, NativeSession)
                executor._workers = pool
    yield opened
    for voice in opened.values():
        voice.close()


def speech(voice: Voice, policy: ChunkPolicy) -> NDArray[np.float32]:
    (utterance,) = Frontend().utterances(SENTENCE)
    with voice.open_stream() as stream:
        pieces = stream.synthesize(token_sequence(utterance), OPTIONS, policy)
        return np.concatenate([piece.samples for piece in pieces])


@pytest.fixture(scope="module")
def whole(voices: dict[int, Voice]) -> NDArray[np.float32]:
    return speech(voices[1], voices[1].plan.chunks)


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(
        st.one_of(st.integers(1, 9), st.integers(1, 600)), min_size=1, max_size=6
    ).map(tuple),
    threads=st.sampled_from(THREADS),
)
def test_any_chunks_and_threads_give_the_same_bits(
    voices: dict[int, Voice],
    whole: NDArray[np.float32],
    sizes: tuple[int, ...],
    threads: int,
) -> None:
    np.testing.assert_array_equal(speech(voices[threads], mixed(sizes)), whole)
