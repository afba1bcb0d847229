"""A few seconds of ``tests.fuzz.socket_frames`` against the real door."""

from __future__ import annotations

import asyncio
import logging
import random
from pathlib import Path

import pytest

from tests.fuzz.socket_frames import check, frames
from tests.serve.conftest import run
from tests.serve.test_socket_door import _until, door


def test_nearly_right_frames_find_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "socket"

    def use() -> None:
        for seed in range(60):
            chance = random.Random(seed)
            check(path, frames(chance), chance)

    async def test() -> None:
        async with door(path) as opened:
            await asyncio.to_thread(use)
            await _until(lambda: opened.num_connections == 0)
            status = opened._broker.status()
            assert not sum(status.active.values()) + sum(status.waiting.values())

    run(test)
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]
