"""Reloading: old voices go with their last job, doors move, faults change nothing."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import numpy as np
import pytest

from edge_tts import Client, Synthesizer
from edge_tts.errors import ConfigError, NotReady, PackError
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
                await opened.reload(replace(SETTINGS, voice="nobody", max_jobs=1))
            assert opened.settings == SETTINGS and opened.status().max_jobs > 1
            assert len(await samples(await opened.submit(SpeechRequest("Hi."))))

    run(test)


def test_the_number_of_workers_stays() -> None:
    from dataclasses import replace

    async def test() -> None:
        async with broker() as opened:
            await opened.reload(replace(SETTINGS, num_workers=64, max_jobs=3))
            assert opened.settings.num_workers == opened.status().num_workers == 2
            assert opened.settings.max_jobs == 3

    run(test)


def test_a_door_that_cannot_open_changes_nothing(tmp_path: Path) -> None:
    pytest.importorskip("starlette", reason="the extra serve is not installed")
    paths = [tmp_path / "a" / "socket", tmp_path / "b" / "socket"]
    tables: dict[str, dict[str, object]] = {
        "socket": {"path": str(paths[0])},
        "http": {"enabled": False},
        "cache": {"enabled": False},
    }

    async def test() -> None:
        daemon = Daemon(lambda: DaemonConfig.load(None, tables))
        running = asyncio.ensure_future(daemon.run())
        while not paths[0].exists():
            await asyncio.sleep(0.02)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            tables["socket"] = {"path": str(paths[1])}
            tables["http"] = {"port": taken.getsockname()[1]}
            tables["limits"] = {"max_jobs": 3}
            with pytest.raises(ConfigError, match="cannot listen"):
                await daemon.reload()
        assert paths[0].exists() and not paths[1].exists()
        assert set(daemon.doors) == {"socket"}
        status = await asyncio.to_thread(Client(paths[0]).status)
        assert status["max_jobs"] == 128
        daemon.stop()
        await running
        with pytest.raises(NotReady):
            await daemon.reload()

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
