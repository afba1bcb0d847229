from __future__ import annotations

from collections.abc import Iterator

import pytest

from edge_tts.serve.wyoming import WyomingDoor, WyomingSettings
from tests.serve.running_door import Daemon, running_daemon


@pytest.fixture(scope="package")
def daemon() -> Iterator[Daemon]:
    with running_daemon() as running:
        yield running


@pytest.fixture(scope="package")
def address(daemon: Daemon) -> Iterator[tuple[str, int]]:
    settings = WyomingSettings(uris=("tcp://127.0.0.1:0",), event_timeout_s=1.0)
    with daemon.door(lambda broker: WyomingDoor(broker, settings)) as door:
        yield door.addresses[0]
