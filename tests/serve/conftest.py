from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts import Synthesizer
from edge_tts.options import RuntimeOptions
from edge_tts.packs.voice_library import VoiceLibrary
from edge_tts.serve import Broker, JobReport, SpeechJob
from edge_tts.serve.settings import BrokerSettings

SETTINGS = BrokerSettings(num_workers=2, stall_timeout_s=60.0)
LONG = "The rain had stopped, and the street was quiet again for a while. " * 40


@pytest.fixture(scope="session")
def reference() -> Synthesizer:
    """The same voice in-process, with the settings of the workers."""
    return Synthesizer(runtime=RuntimeOptions(num_threads=1))


@pytest.fixture(scope="session")
def voice_pack() -> Path:
    return VoiceLibrary().resolve("kathleen").path


def run(test: Callable[[], Coroutine[Any, Any, None]], timeout: float = 120.0) -> None:
    """Run a coroutine; nothing in these tests may hang."""

    async def limited() -> None:
        await asyncio.wait_for(test(), timeout)

    asyncio.run(limited())


@asynccontextmanager
async def broker(
    reports: list[JobReport] | None = None, **changes: Any
) -> AsyncIterator[Broker]:
    opened = Broker(
        replace(SETTINGS, **changes), [].append if reports is None else reports.append
    )
    await opened.start()
    try:
        yield opened
    finally:
        await opened.drain(0.0)


async def samples(job: SpeechJob) -> NDArray[np.float32]:
    parts = [chunk.samples async for chunk in job]
    return np.concatenate(parts)


def worker_threads() -> int:
    return sum(thread.name.startswith("edge-") for thread in threading.enumerate())
