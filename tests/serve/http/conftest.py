from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from edge_tts.serve.http import HttpDoor, HttpSettings
from tests.serve.running_door import Daemon, running_daemon

SENTENCE = "The kettle is boiling, and breakfast is almost ready."


@pytest.fixture(scope="package")
def daemon() -> Iterator[Daemon]:
    with running_daemon() as running:
        yield running


@pytest.fixture(scope="package")
def url(daemon: Daemon) -> Iterator[str]:
    """Where a door with the usual settings listens."""
    with daemon.door(lambda broker: HttpDoor(broker, HttpSettings(port=0))) as door:
        yield url_of(door)


@pytest.fixture(scope="package")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as opened:
        yield opened


def url_of(door: HttpDoor) -> str:
    host, port = door.addresses[0]
    return f"http://{host}:{port}"


def body(**changes: object) -> dict[str, object]:
    return {"model": "edge-tts", "input": SENTENCE, "voice": "kathleen", **changes}
