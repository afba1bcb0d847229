"""Broker: speech is that of the synthesizer, whoever else speaks; nothing is left."""

from __future__ import annotations

import asyncio
import threading
import time

import numpy as np
import pytest

from edge_tts import SynthesisOptions, Synthesizer
from edge_tts.errors import (
    DeadlineExceeded,
    NotReady,
    Overloaded,
    PackError,
    StreamStateError,
    TextError,
)
from edge_tts.serve import Broker, JobReport, Priority, SpeechRequest
from tests.serve.conftest import (
    LONG,
    SETTINGS,
    broker,
    run,
    samples,
    worker_threads,
)


def test_speech_equals_the_synthesizers(reference: Synthesizer) -> None:
    options = SynthesisOptions(speed=1.2, pitch=1.0, seed=3)
    chunks = list(reference.stream("Two birds sat there. A third came.", options))

    async def test() -> None:
        reports: list[JobReport] = []
        async with broker(reports) as opened:
            request = SpeechRequest("Two birds sat there. A third came.", None, options)
            job = await opened.submit(request)
            assert job.audio_format == reference.format
            found = [chunk async for chunk in job]
            report = await job.ended()
        whole = np.concatenate([chunk.samples for chunk in found])
        np.testing.assert_array_equal(
            whole, np.concatenate([chunk.samples for chunk in chunks])
        )
        marks = [mark for chunk in found for mark in chunk.marks]
        assert marks == [mark for chunk in chunks for mark in chunk.marks]
        assert report.outcome == "done" and reports == [report]
        assert report.voice == "edge-en/kathleen"
        assert report.audio_seconds == pytest.approx(len(whole) / 24000, rel=0.2)

    run(test)


def test_many_at_once_each_hear_their_own(reference: Synthesizer) -> None:
    texts = [f"This is sentence number {number}, and no other." for number in range(24)]

    async def test() -> None:
        async with broker() as opened:
            jobs = [
                await opened.submit(
                    SpeechRequest(text, priority=Priority(i % 3), client=str(i % 5))
                )
                for i, text in enumerate(texts)
            ]
            found = await asyncio.gather(*(samples(job) for job in jobs))
        for text, heard in zip(texts, found, strict=True):
            whole = np.concatenate([c.samples for c in reference.stream(text)])
            np.testing.assert_array_equal(heard, whole)

    run(test)


def test_speakers_share_one_pack() -> None:
    async def test() -> None:
        async with broker() as opened:
            names = [f"{pack}/{speaker.id}" for pack, speaker in opened.voices()]
            for name in names:
                job = await opened.submit(SpeechRequest("Hello.", name))
                assert len(await samples(job))
            assert len(opened.status().voices) == 1

    run(test)


def test_cancel_stops_within_a_chunk_and_frees_the_stream() -> None:
    async def test() -> None:
        async with broker() as opened:
            job = await opened.submit(SpeechRequest(LONG))
            async for _ in job:
                break
            report = await asyncio.wait_for(job.ended(), 10.0)
            assert report.outcome == "cancelled"
            assert report.audio_seconds < 60.0
            assert opened.status().voices[0].num_jobs == 0
            other = await opened.submit(SpeechRequest(LONG))
            other.cancel()
            assert [chunk async for chunk in other] == []

    run(test)


def test_refusals() -> None:
    async def test() -> None:
        idle = Broker(SETTINGS)
        with pytest.raises(NotReady):
            await idle.submit(SpeechRequest("Hello."))
        async with broker(max_text_chars=3000) as opened:
            for name in ("nobody", "../../etc", "/etc/passwd", "edge-en/../kathleen"):
                with pytest.raises(PackError):
                    await opened.submit(SpeechRequest("Hello.", name))
            with pytest.raises(TextError, match="3000 characters"):
                await opened.submit(SpeechRequest("a" * 3001))
            with pytest.raises(TextError):
                await opened.submit(SpeechRequest("<speak><b></speak>", ssml=True))
            path = '<speak><voice name="/etc/passwd">a</voice></speak>'
            with pytest.raises(PackError):
                await opened.submit(SpeechRequest(path, ssml=True))
            job = await opened.submit(SpeechRequest("…"))
            with pytest.raises(TextError, match="nothing to speak"):
                await job.started()
            with pytest.raises(StreamStateError):
                await job.feed("more")
        with pytest.raises(NotReady):
            await opened.submit(SpeechRequest("Hello."))

    run(test)


def test_the_queue_is_bounded_and_says_when_to_come_back() -> None:
    async def test() -> None:
        async with broker(max_jobs=4, max_active=2) as opened:
            jobs = [await opened.submit(SpeechRequest(LONG)) for _ in range(4)]
            with pytest.raises(Overloaded) as refused:
                await opened.submit(SpeechRequest("Hello."))
            assert 1.0 <= refused.value.retry_after_s <= 300.0
            assert opened.status().max_jobs == 4
            for job in jobs:
                job.cancel()
            for job in jobs:
                await job.ended()
            heard = await samples(await opened.submit(SpeechRequest("Hello.")))
            assert len(heard)

    run(test)


def test_deadline_ends_a_job_that_nobody_hears() -> None:
    async def test() -> None:
        async with broker() as opened:
            job = await opened.submit(SpeechRequest(LONG, deadline_s=0.3))
            with pytest.raises(DeadlineExceeded):
                async for _ in job:
                    await asyncio.sleep(0.1)
            assert (await job.ended()).outcome == "deadline"

    run(test)


def test_speech_is_made_only_so_far_ahead() -> None:
    async def test() -> None:
        async with broker(max_ahead_s=2.0, stall_timeout_s=1.0) as opened:
            job = await opened.submit(SpeechRequest(LONG))
            report = await job.ended()
            assert report.outcome == "deadline" and report.audio_seconds < 4.0
            with pytest.raises(DeadlineExceeded, match="took no speech"):
                await samples(job)

    run(test)


def test_drain_lets_jobs_end_and_stops_all_threads() -> None:
    before = worker_threads()

    async def test() -> None:
        opened = Broker(SETTINGS)
        await opened.start()
        job = await opened.submit(SpeechRequest("It was late. Nobody spoke."))
        listening = asyncio.ensure_future(samples(job))
        await opened.drain(30.0)
        assert len(await listening)
        assert opened.status().state == "stopped"

    run(test)
    assert worker_threads() == before


def test_drain_waits_for_speech_that_is_made_but_not_taken() -> None:
    async def test() -> None:
        opened = Broker(SETTINGS)
        await opened.start()
        job = await opened.submit(SpeechRequest("It was late. Nobody spoke."))
        report = await job.ended()
        draining = asyncio.ensure_future(opened.drain(30.0))
        await asyncio.sleep(0.1)
        assert not draining.done()
        heard = await samples(job)
        assert len(heard) / job.audio_format.sample_rate == pytest.approx(
            report.audio_seconds
        )
        await draining

    run(test)


def test_what_nobody_takes_before_the_end_is_an_error() -> None:
    async def test() -> None:
        opened = Broker(SETTINGS)
        await opened.start()
        job = await opened.submit(SpeechRequest("It was late. Nobody spoke."))
        await job.ended()
        await opened.drain(0.1)
        with pytest.raises(NotReady, match="shutting down"):
            await samples(job)

    run(test)


def test_a_client_that_leaves_while_a_voice_is_loaded_gives_it_back() -> None:
    async def test() -> None:
        async with broker() as opened:
            busy = threading.Event()
            opened._loader.submit(busy.wait)
            asking = asyncio.ensure_future(
                opened.submit(SpeechRequest("Hi.", voice="lj"))
            )
            await asyncio.sleep(0.05)
            asking.cancel()
            await asyncio.wait({asking})
            assert asking.cancelled()
            busy.set()
            await opened._run(time.monotonic)
            await asyncio.sleep(0.05)
            assert [voice.num_jobs for voice in opened.status().voices] == [0]

    run(test)


def test_drain_gives_up_in_mid_sentence() -> None:
    async def test() -> None:
        opened = Broker(SETTINGS)
        await opened.start()
        job = await opened.submit(SpeechRequest(LONG))
        await job.started()
        await opened.drain(0.2)
        with pytest.raises(NotReady, match="shutting down"):
            await samples(job)

    run(test)
