"""Streams side by side: bounded, reset when they come back, the same samples."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.backends.plan import ChunkPolicy
from edge_tts.engine.edge1_stream import Edge1Stream
from edge_tts.engine.open_stream import OpenedStream
from edge_tts.engine.stream_pool import StreamPool
from edge_tts.engine.token_sequence import TokenSequence
from edge_tts.errors import BackendError, ConfigError, StreamStateError
from edge_tts.options import RuntimeOptions, SynthesisOptions
from edge_tts.synthesizer import token_sequence
from edge_tts.text import Frontend
from edge_tts.voice import Voice

OPTIONS = SynthesisOptions()
SMALL = ChunkPolicy(first_frames=8, max_frames=24, growth=1.5, whole=False)


@pytest.fixture
def voice() -> Iterator[Voice]:
    loaded = Voice.load("kathleen", RuntimeOptions(), max_streams=2)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def tokens() -> TokenSequence:
    (utterance,) = Frontend().utterances("The lamp went out.")
    return token_sequence(utterance)


def speech(stream: Edge1Stream, tokens: TokenSequence) -> NDArray[np.float32]:
    parts = stream.synthesize(tokens, OPTIONS, SMALL)
    return np.concatenate([part.samples for part in parts])


def pool_of(voice: Voice) -> StreamPool:
    return voice._streams


def test_a_returned_stream_is_used_again(voice: Voice) -> None:
    with voice.open_stream() as first:
        pass
    with voice.open_stream() as second:
        assert second is first
        with voice.open_stream() as third:
            assert third is not first
    assert pool_of(voice).num_open == 2


def test_an_exhausted_pool_says_so(voice: Voice) -> None:
    with voice.open_stream(), voice.open_stream():
        started = time.monotonic()
        with (
            pytest.raises(StreamStateError, match="all 2 streams are in use"),
            voice.open_stream(timeout=0.2),
        ):
            pass
        assert 0.15 < time.monotonic() - started < 5
    with voice.open_stream(timeout=0.0):
        pass


def test_who_waits_gets_the_next_free_stream(voice: Voice) -> None:
    waiting = threading.Event()
    got: list[Edge1Stream] = []

    def wait() -> None:
        waiting.set()
        with voice.open_stream(timeout=30) as stream:
            got.append(stream)

    with voice.open_stream() as one, voice.open_stream() as other:
        thread = threading.Thread(target=wait)
        thread.start()
        waiting.wait()
        time.sleep(0.05)
        assert not got
    thread.join(30)
    assert got[0] in (one, other)


def test_an_abandoned_stream_comes_back_as_new(
    voice: Voice, tokens: TokenSequence
) -> None:
    with voice.open_stream() as stream:
        expected = speech(stream, tokens)
    with voice.open_stream() as stream:
        running = stream.synthesize(tokens, OPTIONS, SMALL)
        next(running)
        next(running)
    # Left in the middle: what is still held of it must not speak on.
    with voice.open_stream() as again:
        assert again is stream
        np.testing.assert_array_equal(speech(again, tokens), expected)
    # Never left at all: the collector returns it.
    lost = voice.open_stream()
    next(lost.__enter__().synthesize(tokens, OPTIONS, SMALL))
    del lost
    with voice.open_stream(timeout=0.0), voice.open_stream(timeout=0.0) as other:
        np.testing.assert_array_equal(speech(other, tokens), expected)


def test_speakers_of_a_pack_share_the_streams(
    voice: Voice, tokens: TokenSequence
) -> None:
    other = next(item for item in voice.manifest.speakers if item.id == "bdl")
    with voice.open_stream() as stream:
        own = speech(stream, tokens)
    with voice.open_stream(other) as stream:
        changed = speech(stream, tokens)
    with voice.open_stream() as stream:
        np.testing.assert_array_equal(speech(stream, tokens), own)
    assert pool_of(voice).num_open == 1
    assert changed.shape != own.shape or not np.array_equal(changed, own)


def test_a_closed_voice_lends_nothing(voice: Voice, tokens: TokenSequence) -> None:
    with voice.open_stream() as stream:
        expected = speech(stream, tokens)
    with voice.open_stream() as stream:
        voice.close()
        with (
            pytest.raises(StreamStateError, match="voice edge-en/kathleen is closed"),
            voice.open_stream(),
        ):
            pass
        # Who speaks may finish.
        np.testing.assert_array_equal(speech(stream, tokens), expected)
    assert pool_of(voice).num_open == 0
    with pytest.raises(BackendError, match="closed"):
        speech(stream, tokens)


def test_waiting_ends_when_the_voice_is_closed(voice: Voice) -> None:
    errors: list[StreamStateError] = []

    def wait() -> None:
        try:
            with voice.open_stream(timeout=30):
                pass
        except StreamStateError as error:
            errors.append(error)

    with voice.open_stream(), voice.open_stream():
        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.05)
        voice.close()
        thread.join(30)
    assert len(errors) == 1


def test_a_stream_that_cannot_be_opened_takes_no_place() -> None:
    def fail() -> OpenedStream:
        raise BackendError("no room")

    pool = StreamPool(fail, 1, "v")
    for _ in range(3):
        with pytest.raises(BackendError, match="no room"), pool.lease(0.0):
            pass
    assert pool.num_open == 0


def test_a_voice_needs_a_stream() -> None:
    with pytest.raises(ConfigError, match="max_streams must be at least 1, got 0"):
        Voice.load("kathleen", RuntimeOptions(), max_streams=0)


def test_many_threads_take_turns(voice: Voice, tokens: TokenSequence) -> None:
    """More threads than streams; every one of them hears the same."""
    with voice.open_stream() as stream:
        expected = speech(stream, tokens)
    results: list[NDArray[np.float32]] = []

    def speak() -> None:
        for _ in range(3):
            with voice.open_stream() as stream:
                results.append(speech(stream, tokens))

    run_threads(speak, 5)
    assert len(results) == 15
    for found in results:
        np.testing.assert_array_equal(found, expected)
    assert pool_of(voice).num_open <= 2


def run_threads(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
