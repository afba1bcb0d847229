"""Reloading: old voices go with their last job, doors move, faults change nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from edge_tts import Client, Synthesizer
from edge_tts.errors import PackError
from edge_tts.serve import SpeechRequest
from edge_tts.serve.config import DaemonConfig
from edge_tts.serve.daemon import Daemon
from tests.serve.conftest import LONG, SETTINGS, broker, run, samples


def test_a_job_outlives_its_voices_reload(reference: Synthesizer) -> None:
    whole = np.concatenate([chunk.samples for chunk in reference.stream(LONG)])

    async def test() -> None:
        async with broker() as opened:
            job = await opened.submit(SpeechRequest(LONG))
            await job.started()
            old = opened._shelf
            pack = old._packs[0]
            await opened.reload()
            np.testing.assert_array_equal(await samples(job), whole)
            await job.ended()
            assert not old._packs
            for reaper in old._reapers:
                await asyncio.to_thread(reaper.join, 10.0)
            assert pack.synthesizer._closed
            assert len(await samples(await opened.submit(SpeechRequest("Hi."))))

    run(test)


def test_a_voice_that_is_not_there_changes_nothing() -> None:
    from dataclasses import replace

    async def test() -> None:
        async with broker() as opened:
            with pytest.raises(PackError):
                await opened.reload(replace(SETTINGS, voice="nobody"))
            assert len(await samples(await opened.submit(SpeechRequest("Hi."))))

    run(test)


def test_doors_move_with_the_configuration(tmp_path: Path) -> None:
    paths = [tmp_path / "a" / "socket", tmp_path / "b" / "socket"]
    place = paths[0]

    def load() -> DaemonConfig:
        tables = {"socket": {"path": str(place)}, "http": {"enabled": False}}
        return DaemonConfig.load(None, {**tables, "cache": {"enabled": False}})

    async def test() -> None:
        nonlocal place
        daemon = Daemon(load)
        running = asyncio.ensure_future(daemon.run())
        while not paths[0].exists():
            await asyncio.sleep(0.02)
        place = paths[1]
        await daemon.reload()
        assert not paths[0].exists()
        status = await asyncio.to_thread(Client(paths[1]).status)
        assert status["state"] == "ready"
        daemon.stop()
        await running
        assert not paths[1].exists()

    run(test)
