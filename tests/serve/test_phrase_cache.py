"""The phrase cache: the same samples, bounded, and never in the way."""

from __future__ import annotations

import logging
import os
import resource
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_tts import SynthesisOptions, Synthesizer
from edge_tts.audio import AudioChunk, AudioFormat, IndexMark, WordMark
from edge_tts.serve import SpeechRequest
from edge_tts.serve.phrase_cache import PhraseCache, phrase_key
from tests.serve.conftest import broker, run, samples

MIB = 1 << 20


def _phrase(seed: int, num_samples: int = 24_000) -> list[AudioChunk]:
    noise = np.random.default_rng(seed).normal(size=num_samples).astype(np.float32)
    format = AudioFormat(24_000)
    words = (WordMark("Hello,", 0, 500, 0, True), WordMark("you.", 500, 100, 1))
    first = AudioChunk(noise[:1000], format, 0, words, (IndexMark("m", 3),))
    return [first, AudioChunk(noise[1000:], format, 1000)]


def _key(number: int) -> str:
    return f"{number:064x}"


def _until_kept(cache: PhraseCache, key: str) -> list[AudioChunk]:
    for _ in range(500):
        found = cache.get(key)
        if found is not None:
            return found
        time.sleep(0.01)
    raise AssertionError("the phrase was never written")


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[PhraseCache]:
    opened = PhraseCache(tmp_path, 64 * MIB)
    opened.open()
    yield opened
    opened.close()


def test_what_comes_back_is_what_went_in(cache: PhraseCache) -> None:
    assert cache.get(_key(1)) is None
    cache.put(_key(1), _phrase(1))
    found = _until_kept(cache, _key(1))
    for chunk, twin in zip(found, _phrase(1), strict=True):
        np.testing.assert_array_equal(chunk.samples, twin.samples)
        assert chunk.format == twin.format and chunk.start_sample == twin.start_sample
        assert (chunk.marks, chunk.index_marks) == (twin.marks, twin.index_marks)


def test_it_survives_a_restart_and_a_kill(tmp_path: Path) -> None:
    first = PhraseCache(tmp_path, 64 * MIB)
    first.open()
    first.put(_key(1), _phrase(1))
    _until_kept(first, _key(1))
    # Not closed, as after kill -9; with what a half-written phrase leaves.
    (tmp_path / "00" / f"{_key(2)}.part").write_bytes(b"half")
    (tmp_path / "00" / f"{_key(3)}.speech").write_bytes(b"unknown to the index")
    second = PhraseCache(tmp_path, 64 * MIB)
    second.open()
    assert second.get(_key(1)) is not None
    assert sorted(path.name for path in (tmp_path / "00").iterdir()) == [
        f"{_key(1)}.speech"
    ]
    second.close()
    first.close()


def test_the_oldest_go_first(tmp_path: Path) -> None:
    phrase_nbytes = 4 * 24_000
    cache = PhraseCache(tmp_path, 12 * phrase_nbytes)
    cache.open()
    for number in range(30):
        cache.put(_key(number), _phrase(number))
        _until_kept(cache, _key(number))
        assert cache.get(_key(0)) is not None
    assert cache.nbytes <= 12 * phrase_nbytes
    assert 9 <= cache.num_entries <= 12
    assert cache.get(_key(1)) is None and cache.get(_key(29)) is not None
    on_disk = sum(path.stat().st_size for path in tmp_path.glob("??/*"))
    assert on_disk == cache.nbytes
    cache.put(_key(99), _phrase(1, 10 * 24_000))
    cache.close()
    assert cache.num_entries <= 12


@pytest.mark.parametrize("damage", ["garbage", "empty", "truncated", "table"])
def test_a_damaged_index_is_rebuilt_with_one_line(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = PhraseCache(tmp_path, 64 * MIB)
    first.open()
    for number in range(3):
        first.put(_key(number), _phrase(number))
        _until_kept(first, _key(number))
    first.close()
    index = tmp_path / "index.sqlite"
    if damage == "garbage":
        index.write_bytes(os.urandom(8192))
    elif damage == "truncated":
        index.write_bytes(index.read_bytes()[:5000])
    elif damage == "table":
        with sqlite3.connect(index) as connection:
            connection.execute("DROP TABLE phrases")
            connection.execute("CREATE TABLE phrases (other TEXT)")
        connection.close()
    else:
        index.write_bytes(b"")
    caplog.set_level(logging.WARNING)
    second = PhraseCache(tmp_path, 64 * MIB)
    second.open()
    assert len(caplog.records) <= 1
    if damage != "empty":
        assert "rebuilt, 3 phrases" in caplog.text
        assert second.get(_key(2)) is not None
    second.put(_key(7), _phrase(7))
    _until_kept(second, _key(7))
    second.close()


def test_a_damaged_phrase_is_forgotten(cache: PhraseCache, tmp_path: Path) -> None:
    cache.put(_key(1), _phrase(1))
    _until_kept(cache, _key(1))
    path = tmp_path / "00" / f"{_key(1)}.speech"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert cache.get(_key(1)) is None
    assert not path.exists() and cache.num_entries == 0
    cache.put(_key(1), _phrase(1))
    _until_kept(cache, _key(1))
    path.unlink()
    assert cache.get(_key(1)) is None


def test_a_full_disk_is_said_once(
    cache: PhraseCache, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache.put(_key(1), _phrase(1))
    _until_kept(cache, _key(1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # As a full disk does, writing ends in the middle of the file.
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        for number in range(2, 6):
            cache.put(_key(number), _phrase(number))
        cache.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said = [r for r in caplog.records if "cannot be kept" in r.getMessage()]
    assert len(said) == 1
    assert not list(tmp_path.glob("??/*.part"))
    assert cache.num_entries == 1


def test_a_folder_that_cannot_be_used_is_no_reason_not_to_speak(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")

    async def test() -> None:
        async with broker(cache_folder=tmp_path / "file" / "phrases") as opened:
            heard = await samples(await opened.submit(SpeechRequest("Hello.")))
            assert len(heard)

    run(test)
    assert "no phrase cache" in caplog.text


def test_the_broker_answers_from_the_cache(
    tmp_path: Path, reference: Synthesizer
) -> None:
    texts = ["Hello there.", "The door is open."]
    options = SynthesisOptions(volume=-3.0)

    async def test() -> None:
        async with broker(cache_folder=tmp_path) as opened:
            for round in range(2):
                for text in texts:
                    for chosen in (options, SynthesisOptions()):
                        job = await opened.submit(SpeechRequest(text, None, chosen))
                        heard = await samples(job)
                        report = await job.ended()
                        assert report.is_cached == bool(round)
                        whole = [c.samples for c in reference.stream(text, chosen)]
                        np.testing.assert_array_equal(heard, np.concatenate(whole))
                await _written(opened, 4)
            other = await opened.submit(SpeechRequest(texts[0], "lj"))
            await samples(other)
            assert not (await other.ended()).is_cached
            uncached = SpeechRequest(texts[0], use_cache=False)
            job = await opened.submit(uncached)
            await samples(job)
            assert not (await job.ended()).is_cached
            status = opened.status()
            assert status.cache_hits == 4 and status.cache_misses == 5

    run(test)


async def _written(opened: object, count: int) -> None:
    import asyncio

    for _ in range(500):
        if opened.status().cache_entries >= count:  # type: ignore[attr-defined]
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the phrases were never written")


def test_a_voice_inside_a_document_is_not_remembered(tmp_path: Path) -> None:
    """Its pack may change, and the key knows only that of the request's voice."""
    two = '<speak>Hello. <voice name="lj">Goodbye.</voice></speak>'
    one = "<speak>Hello. Goodbye.</speak>"

    async def test() -> None:
        async with broker(cache_folder=tmp_path) as opened:
            for text in (two, one):
                job = await opened.submit(SpeechRequest(text, ssml=True))
                await samples(job)
                await job.ended()
        async with broker(cache_folder=tmp_path) as opened:
            assert opened.status().cache_entries == 1
            for text, is_known in ((two, False), (one, True)):
                job = await opened.submit(SpeechRequest(text, ssml=True))
                await samples(job)
                assert (await job.ended()).is_cached is is_known

    run(test)


def test_a_cloned_voice_that_is_made_anew_has_other_phrases() -> None:
    async def test() -> None:
        async with broker() as opened:
            lease = opened._shelf.find(None)
            assert lease is not None
            keys = {
                phrase_key(SpeechRequest("Hi."), replace(lease, clone=digest))
                for digest in ("", "one", "other")
            }
            lease.release()
            assert len(keys) == 3

    run(test)


def test_phrases_that_wait_for_the_disk_are_bounded(cache: PhraseCache) -> None:
    # As a writer leaves it that waits for the disk.
    cache._pending_nbytes = 8 * MIB
    cache.put(_key(1), _phrase(1))
    assert cache._pending.empty() and cache._pending_nbytes == 8 * MIB
    cache._pending_nbytes = 0
    cache.put(_key(1), _phrase(1))
    _until_kept(cache, _key(1))
    for _ in range(500):
        if not cache._pending_nbytes:
            break
        time.sleep(0.01)
    assert cache._pending_nbytes == 0
