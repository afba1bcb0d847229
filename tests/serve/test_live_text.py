"""Text in pieces: nothing lost, sentences whole, clauses only for who waits."""

from __future__ import annotations

import asyncio
import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts import Synthesizer
from edge_tts.serve import SpeechRequest
from edge_tts.serve.live_text import LiveText
from tests.serve.conftest import broker, run, samples


def _ready(live: LiveText) -> list[str | None]:
    """What comes out until the text would wait."""
    found = list(itertools.takewhile(lambda piece: piece is not None, live))
    return found


def test_what_is_incomplete_is_held() -> None:
    live = LiveText()
    live.feed("It was late. Nobody spoke, and Dr. ")
    assert _ready(live) == ["It was late. Nobody spoke, "]
    assert live.is_waiting
    live.feed("Jones left")
    assert not live.is_waiting
    assert _ready(live) == []
    live.finish()
    assert list(live) == ["and Dr. Jones left"]


def test_a_clause_is_cut_only_for_who_waits() -> None:
    live = LiveText()
    live.feed("When the rain had stopped, everybody")
    assert _ready(live) == ["When the rain had stopped, "]
    time.sleep(0.05)
    assert _ready(live) == []
    live.is_starving = True
    assert _ready(live) == [""]
    assert _ready(live) == []


def test_silence_behind_a_stop_ends_the_sentence() -> None:
    live = LiveText()
    live.feed("It is late.")
    assert _ready(live) == []
    now = time.monotonic()
    assert now < live.flush_at(now, 0.0) < now + 0.4
    time.sleep(0.35)
    assert _ready(live) == ["It is late.", ""]
    live.feed(" And then")
    assert live.flush_at(now, 0.0) == float("inf")


@given(st.text(" abc.,!?\n…“”'", max_size=80), st.lists(st.integers(0, 80)))
def test_no_character_is_lost(text: str, cuts: list[int]) -> None:
    live = LiveText()
    out = []
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    for start, end in itertools.pairwise(places):
        live.feed(text[start:end])
        out += _ready(live)
    live.finish()
    out += list(live)
    assert "".join(piece for piece in out if piece) == text


def test_tokens_of_a_model_are_spoken_as_they_come(reference: Synthesizer) -> None:
    text = "It was late. Nobody spoke for a while! Then it began. "

    async def test() -> None:
        async with broker() as opened:
            job = await opened.open(SpeechRequest())
            for word in text.split(" "):
                await job.feed(word + " ")
                await asyncio.sleep(0.06)
            # All but the last word's end was spoken before the text was finished.
            await asyncio.wait_for(job.started(), 30.0)
            await job.finish()
            heard = await samples(job)
            marks = (await job.ended()).audio_seconds
        whole = np.concatenate([chunk.samples for chunk in reference.stream(text)])
        assert len(heard) == pytest.approx(len(whole), rel=0.1)
        assert marks > 0.0

    run(test)


def test_pieces_at_once_are_the_whole_text(reference: Synthesizer) -> None:
    text = "It was late, and nobody spoke. Mr. Jones left. Then, slowly, it began."

    async def test() -> None:
        async with broker() as opened:
            for size in (1, 7, 100):
                job = await opened.open(SpeechRequest())
                for start in range(0, len(text), size):
                    await job.feed(text[start : start + size])
                await job.finish()
                heard = await samples(job)
                whole = [chunk.samples for chunk in reference.stream(text)]
                np.testing.assert_array_equal(heard, np.concatenate(whole))

    run(test)


def test_a_writer_that_never_ends_is_left(reference: Synthesizer) -> None:
    async def test() -> None:
        async with broker(stall_timeout_s=1.0) as opened:
            job = await opened.open(SpeechRequest())
            await job.feed("Hello there, you.")
            with pytest.raises(Exception, match="sent no text"):
                await samples(job)

    run(test)
